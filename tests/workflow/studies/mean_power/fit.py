"""Moments."""

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.studies.mean_power.trace import trace


def run(cells, rows, context):
    """Fit."""
    trace("fit", cells)
    walks = np.abs(rows["random_walk.drift"]["position"].values)
    found = np.stack([(walks**c.params.power).mean(0) for c in cells])
    return xr.Dataset(
        {"moment": variable(("cell", "step"), found, "moment", "1")},
        {"step": coordinate("step", np.arange(found.shape[1]), "step")},
    )
