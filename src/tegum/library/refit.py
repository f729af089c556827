"""`tegum.refit`: dictionaries of a study, whose weights are not kept, fitted once more."""

from typing import Any

import numpy as np
import xarray as xr

from tegum.build.execute import check_sweep
from tegum.build.project import Project
from tegum.errors import TegumError
from tegum.experiment.rooms import load, module_of
from tegum.labels import at, variable
from tegum.library.fit import own_settings
from tegum.library.fitted import Fit


def refit(
    study: str, sweep: str, *, scale: str = "laptop", device: str = "cpu", **where: Any
) -> Fit:
    """Fit dictionaries of a study's sweep again, as its build did: the same numbers.

    Studies keep what they measure of dictionaries, not their weights.

    Args:
        study, sweep: of the project in the working folder.
        scale: of its parameters.
        device: cpu or cuda.
        where: an axis to a value, or to a list of values: only these are fitted.

    Returns:
        The dictionaries along the axes that were not given a single value.

    Raises:
        TegumError: for a sweep, an axis or a value that there is not, or a sweep without
            dictionaries that can be had again.
    """
    project = Project(scale, device, study=study)
    project.check_study(study)
    plan = project.plans[study]
    check_sweep(plan, sweep)
    for stage in reversed(plan.stages(sweep)):
        module = load(study, module_of(study, stage, plan.kinds(sweep, stage)))
        if hasattr(module, "dictionaries"):
            break
    else:
        raise TegumError(f"{study}.{sweep}: its dictionaries cannot be fitted again")
    cells = plan.cells(sweep, stage)
    axes = {name: list(dict.fromkeys(c.axes[name] for c in cells)) for name in cells[0].axes}
    shape = [len(values) for values in axes.values()]
    places = xr.DataArray(np.arange(len(cells)).reshape(shape), dims=list(axes))
    for name, values in axes.items():
        places[name] = variable(name, np.array(values), name.replace("_", " "), "1")
    places = at(places, **where)
    wanted = [int(i) for i in places.values.flat]
    with own_settings():
        found = module.dictionaries([cells[i] for i in wanted], device)
    places = places.copy(data=np.arange(len(wanted)).reshape(places.shape))
    changes = [one.changes.get("loss_change", np.nan) for one in found]
    return Fit([one.dictionary for one in found], places, changes)
