"""What the dictionaries recovered, with the controls beside them along `control`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.data.rows import join_controls, with_changes
from tegum.labels import variable
from tegum.studies.sae_recovery.schema import LATENTS, MEASURES

KEPT = ("best_cosine", "curve_mcc", "curve_dead_fraction")


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Dims of the sweep, then `control`; controls exist at one level and learning rate."""
    fit, control = rows["fit"], rows["control"]
    at = sweep.cells[0].upstream["control"]
    fixed = {"level": at.at_level, "learning_rate": at.at_learning_rate}
    missing = {axis: [value] for axis, value in fixed.items() if axis in fit.dims}
    names = list(MEASURES)
    found = join_controls(fit[names], control[names].expand_dims(missing))
    found = found.transpose(*sweep.axes, "control")
    found = found.sel({axis: fit[axis] for axis in sweep.axes})
    for name in KEPT:
        found[name] = fit[name]
    found["feature_probability"] = rows["generate"]["marginal"]
    if "directions" in fit:
        found = found.assign(_one_of_each(rows, fixed))
    return with_changes(found.assign_coords(_named(sweep)), {"fit": fit}, sweep.axes)


def _one_of_each(rows: Mapping[str, xr.Dataset], at: Mapping[str, Any]) -> dict[str, xr.DataArray]:
    """The latents of one dictionary per architecture: the first seed's, where the controls are."""
    first = {stage: ds.isel(seed=0, drop=True) for stage, ds in rows.items()}
    fit = first["fit"].sel({axis: value for axis, value in at.items() if axis in first["fit"].dims})
    truth = first["generate"]["directions"]
    found = {name: fit[name].drop_vars(list(at), errors="ignore") for name in LATENTS}
    along = xr.dot(fit["directions"], truth / (truth**2).sum("input") ** 0.5, dim="input")
    found["cosine"] = abs(along).drop_vars(list(at), errors="ignore")
    found["cosine"].attrs = {"long_name": "|cos| of latent and feature", "units": "1"}
    gaussian = first["control"]["latent_cosine"].sel(control="gaussian", drop=True)
    found["latent_cosine_gaussian"] = gaussian
    return found


def _named(sweep: Any) -> dict[str, xr.Variable]:
    """The sparsity of each architecture (and level), and features per dimension."""
    dims = tuple(d for d in ("architecture", "level") if d in sweep.axes)
    table = {tuple(c.axes[d] for d in dims): c.upstream["fit"].sparsity for c in sweep.cells}
    values = np.array(list(table.values()), float).reshape([len(sweep.axes[d]) for d in dims])
    named = {"sparsity": variable(dims, values, "sparsity (lambda or k)", "1")}
    if "n_inputs" in sweep.axes:
        count = sweep.cells[0].upstream["generate"].n_features
        ratio = [count / size for size in sweep.axes["n_inputs"]]
        named["superposition"] = variable("n_inputs", ratio, "features per dimension G/d", "1")
    return named
