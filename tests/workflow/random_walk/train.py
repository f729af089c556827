"""Walks."""

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.labels import coordinate, variable
from tegum.studies.random_walk.steps import walk


def run(cells, rows, context):
    """Walk."""
    walks = np.stack([walk(c.stream("data"), c.params.drift, c.params.steps) for c in cells])
    if not np.isfinite(walks).all():
        raise TegumError("a walk is not finite")
    return xr.Dataset(
        {"position": variable(("cell", "step"), walks, "position", "1")},
        {"step": coordinate("step", np.arange(walks.shape[1]), "step")},
    )
