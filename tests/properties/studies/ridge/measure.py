"""Errors of the weights."""

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.studies.ridge.trace import trace

TRUTH = 1.0


def run(sweep, rows):
    """Measure."""
    trace("measure")
    train = rows["train"]
    found = {}
    for stage in ("train", "control"):
        if stage in rows:
            error = np.abs(rows[stage]["weight"] - TRUTH).mean("input")
            found[f"{stage}_error"] = variable(error.dims, error.values, "error", "1")
            small = (error < sweep.params.tolerance).mean("seed")
            found[f"{stage}_small"] = variable(small.dims, small.values, "small errors", "1")
    return xr.Dataset(found, {a: train[a].variable for a in train["weight"].dims[:-1]})
