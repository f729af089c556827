"""Polynomials."""

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.studies.random_walk.trace import fault, trace


def run(cells, rows, context):
    """Fit."""
    trace("random_walk", "fit", cells)
    fault("fit")
    walks = rows["train"]["position"].values
    degree = cells[0].params.degree
    found = np.stack([np.polyfit(np.arange(len(w)), w, degree) for w in walks])
    return xr.Dataset(
        {"coefficient": variable(("cell", "power"), found, "coefficient", "1")},
        {"power": coordinate("power", np.arange(degree + 1), "power")},
    )
