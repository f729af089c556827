"""Rows on the sweep's grid, and beside them those of weights drawn anew."""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.studies.real_contrast.params import Measure


def run(sweep: SweepView[Measure], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    found = rows["fit"]
    if "control" in rows:
        controlled = [n for n, v in found.data_vars.items() if "control" in v.dims]
        parts = [found[controlled], rows["control"][controlled]]
        options: Any = {"coords": "minimal", "compat": "override", "join": "override"}
        joined = xr.concat(parts, "control", combine_attrs="override", **options)
        found = found.drop_vars(controlled).drop_dims("control", errors="ignore").merge(joined)
    return found.transpose(*sweep.axes, ...)
