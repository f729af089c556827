"""Medians over the steered features, with the controls beside the fitted vectors.

A median, because a vector with hardly any effect on its own feature has an unbounded off-target
effect. The interference matrices are those of the first seed.
"""

from collections.abc import Mapping

import xarray as xr

from tegum.data.rows import join_controls
from tegum.experiment.cell import SweepView
from tegum.experiment.params import Section
from tegum.labels import variable

FIT_ONLY = ("reencoding_r2", "interference")


def run(sweep: SweepView[Section], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Dims of the sweep, then `control`, `vector`, `reader`."""
    fit = rows["fit"]
    shared = [name for name in fit.data_vars if name not in FIT_ONLY]
    with xr.set_options(keep_attrs=True):
        medians = {stage: ds[shared].median("feature") for stage, ds in rows.items()}
    found = join_controls(medians["fit"], medians.get("control")).sel(vector=fit["vector"])
    found = found.transpose(*sweep.axes, "control", "vector", "reader")
    found["reencoding_r2"] = fit["reencoding_r2"]
    found["interference"] = fit["interference"].isel(seed=0, drop=True)
    cells = {cell.axes["n_features"]: cell.upstream["fit"] for cell in sweep.cells}
    ratio = [cells[g].n_features / cells[g].n_inputs for g in sweep.axes["n_features"]]
    return found.assign_coords(
        overcompleteness=variable("n_features", ratio, "features per dimension G/d", "1")
    )
