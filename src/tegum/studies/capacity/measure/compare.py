"""Shares of shared features, losses and blocks, by architecture."""

import numpy as np
import xarray as xr

from tegum.controls.weights import untrained
from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import block_dimensions, capacities, shared
from tegum.studies.capacity.params import MeasureCompare
from tegum.studies.capacity.problems import CONTROLS, measured


def by_cell(sweep: SweepView[MeasureCompare], rows: Rows) -> xr.Dataset:
    """Trained weights, and fresh ones of the same shapes."""
    trained, limits = rows["train"]["embedding"].values.astype(float), sweep.params
    both = np.stack(
        [
            (w, untrained(w.T, cell.stream("control")).T)
            for w, cell in zip(trained, sweep.cells, strict=True)
        ]
    )
    bounds = limits.block_cosine, *limits.bounds
    capacity = capacities(both)
    values = {
        "capacity": capacity,
        "shared_share": shared(capacity, *limits.bounds).mean(-1),
        "capacity_sum": capacity.sum(-1),
        "block_dimension": [[block_dimensions(w, *bounds) for w in pair] for pair in both],
        "loss_ratio": rows["train"]["evaluation_loss"].values,
    }
    return measured("compare", sweep, rows, values, {"control": list(CONTROLS)})
