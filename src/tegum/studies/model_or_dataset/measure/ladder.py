"""The ladder, with the dictionary of the trained model as the rung `none`."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.data.rows import join_controls
from tegum.experiment.cell import SweepView
from tegum.studies.model_or_dataset.measure import with_models
from tegum.studies.model_or_dataset.params import Rungs
from tegum.studies.model_or_dataset.schema import DICTIONARY, RUNGS


def by_cell(sweep: SweepView[Rungs], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep of dictionaries."""
    fit, control = rows["fit"], rows["control"]
    first = fit[list(DICTIONARY)].assign(
        cross_entropy=rows["train"]["loss_evaluation"], mcc=xr.full_like(fit["fvu"], np.nan)
    )
    rungs = control.drop_vars("changes")
    found = join_controls(first, rungs[list(RUNGS)])
    for name in RUNGS:
        found[name].attrs = control[name].attrs
    changes = np.array(["nothing", *control["changes"].values], dtype=object)
    found = found.assign_coords(changes=("control", changes, control["changes"].attrs))
    moved = {
        "train": rows["train"],
        "fit": join_controls(fit[["loss_change"]], rungs[["loss_change"]]),
    }
    controls = found["control"].values.tolist()
    return with_models(found.transpose("cell", "control", ...), moved, controls)
