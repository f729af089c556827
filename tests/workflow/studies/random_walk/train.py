"""Walks."""

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.labels import coordinate, variable
from tegum.studies.random_walk.steps import walk
from tegum.studies.random_walk.trace import fault, trace


def run(cells, rows, context):
    """Walk."""
    trace("random_walk", "train", cells, steps=[c.params.steps for c in cells])
    walks = np.stack([walk(c.stream("data"), c.params.drift, c.params.steps) for c in cells])
    if fault("train") == "nan":
        walks[-1] = np.nan
    if not np.isfinite(walks).all():
        raise TegumError("a walk is not finite")
    return xr.Dataset(
        {"position": variable(("cell", "step"), walks, "position", "1")},
        {"step": coordinate("step", np.arange(walks.shape[1]), "step")},
    )
