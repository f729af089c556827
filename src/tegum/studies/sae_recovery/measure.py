"""What the dictionaries recovered, with the controls beside them along `control`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.studies.sae_recovery.compare import MEASURES

KEPT = ("best_cosine", "curve_matched", "curve_dead")


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Dims of the sweep, then `control`; controls exist at one level and learning rate."""
    fit, control = rows["fit"], rows["control"]
    at = sweep.cells[0].upstream["control"]
    fixed = {"level": at.at_level, "learning_rate": at.at_learning_rate}
    missing = {axis: [value] for axis, value in fixed.items() if axis in fit.dims}
    parts = [fit[list(MEASURES)].expand_dims(control=["none"])]
    parts.append(control[list(MEASURES)].expand_dims(missing))
    found = xr.concat(
        parts,
        "control",
        join="outer",
        coords="minimal",
        compat="override",
        combine_attrs="override",
    ).transpose(*sweep.axes, "control")
    found = found.sel({axis: fit[axis] for axis in sweep.axes})
    found["control"].attrs = {"long_name": "control", "units": "1"}
    for name in (*KEPT, *(n for n in fit.data_vars if n == "cosine" or "latent_" in str(n))):
        found[name] = fit[name].drop_vars("control", errors="ignore")
    if "latent_cosine" in control:
        found["latent_cosine_control"] = control["latent_cosine"]
    generated = rows["generate"]
    found["feature_probability"] = generated["marginal"]
    return found.assign_coords(_named(sweep))


def _named(sweep: Any) -> dict[str, xr.Variable]:
    """The sparsity of each architecture (and level), and features per dimension."""
    section = sweep.cells[0].upstream["fit"]
    table = [section.sparsities[name] for name in sweep.axes["architecture"]]
    values = np.array(table, float)[:, sweep.axes.get("level", section.level)]
    dims = ("architecture", "level")[: values.ndim]
    named = {"sparsity": variable(dims, values, "sparsity (lambda or k)", "1")}
    if "n_inputs" in sweep.axes:
        count = sweep.cells[0].upstream["generate"].n_features
        ratio = [count / size for size in sweep.axes["n_inputs"]]
        named["superposition"] = variable("n_inputs", ratio, "features per dimension G/d", "1")
    return named
