"""The same regression on targets that are not those of the inputs."""

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.studies.ridge.solver import solve
from tegum.studies.ridge.trace import trace

STEP = 1


def run(cells, rows, context):
    """Control."""
    trace("control", cells)
    data = rows["generate"]
    found = []
    for i, cell in enumerate(cells):
        design, target = data["design"].values[i], data["target"].values[i]
        penalty = cell.upstream["train"].penalty
        found.append(solve(design, np.roll(target, STEP * cell.params.shuffles), penalty))
    return xr.Dataset({"weight": variable(("cell", "input"), np.stack(found), "weight", "1")})
