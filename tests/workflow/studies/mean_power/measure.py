"""Last moments."""

import xarray as xr

from tegum.labels import variable
from tegum.studies.mean_power.trace import trace


def run(sweep, rows):
    """Measure."""
    trace("measure")
    last = rows["fit"]["moment"].isel(step=-1) * sweep.params.scale
    return xr.Dataset(
        {"last": variable(last.dims, last.values, "last moment", "1")},
        {"power": rows["fit"]["power"].variable},
    )
