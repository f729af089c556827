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
from tegum.studies.steering.schema import MEASURES, overcompleteness


def run(sweep: SweepView[Section], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Dims of the sweep, then `control`, `vector`, `reader`."""
    fit = rows["fit"]
    with xr.set_options(keep_attrs=True):
        medians = {stage: ds[list(MEASURES)].median("feature") for stage, ds in rows.items()}
    found = join_controls(medians["fit"], medians.get("control")).sel(vector=fit["vector"])
    found = found.transpose(*sweep.axes, "control", "vector", "reader")
    found["reencoding_r2"] = fit["reencoding_r2"]
    found["interference"] = fit["interference"].isel(seed=0, drop=True)
    axis, ratio = overcompleteness(sweep)
    return found.assign_coords(
        overcompleteness=variable(axis, ratio, "features per dimension G/d", "1")
    )
