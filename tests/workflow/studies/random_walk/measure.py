"""Distances."""

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.studies.random_walk.trace import fault, trace


def run(sweep, rows):
    """Measure."""
    trace("random_walk", "measure", sweep=sweep.name)
    fault("measure")
    train = rows["train"]
    last = train["position"].isel(step=-1).fillna(train["position"].max("step"))
    far = (np.abs(last) > sweep.params.threshold).astype(float)
    found = xr.Dataset(
        {
            "distance": variable(last.dims, np.abs(last.values), "distance", "1"),
            "far": variable(far.dims, far.values, "far", "1"),
        },
        {a: train[a].variable for a in last.dims},
    )
    if "fit" in rows:
        slope = rows["fit"]["coefficient"].isel(power=0)
        found["slope"] = variable(slope.dims, slope.values, "slope", "1")
    return found
