"""Designs and targets."""

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.studies.ridge.trace import trace

SLOPE = 1.0


def run(cells, rows, context):
    """Generate."""
    trace("generate", cells)
    shift = float(rows["mean_power.moments"]["moment"].isel(step=-1).mean())
    designs, targets = [], []
    for cell in cells:
        rng = np.random.default_rng(cell.stream("data"))
        design = rng.normal(size=(cell.params.samples, 2))
        designs.append(design)
        noise = cell.params.noise * rng.normal(size=cell.params.samples)
        targets.append(SLOPE * design.sum(1) + shift + noise)
    return xr.Dataset(
        {
            "design": variable(("cell", "sample", "input"), np.stack(designs), "design", "1"),
            "target": variable(("cell", "sample"), np.stack(targets), "target", "1"),
        },
        {"sample": coordinate("sample", np.arange(cells[0].params.samples), "sample")},
    )
