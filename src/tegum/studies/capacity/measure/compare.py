"""Shares of shared features, losses and blocks, by architecture."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.controls.weights import untrained
from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities
from tegum.metrics.geometry import cosine_components
from tegum.studies.capacity.params import MeasureCompare
from tegum.studies.capacity.problems import CONTROLS, Array, shared
from tegum.studies.capacity.schema import SCHEMAS


def by_cell(sweep: SweepView[MeasureCompare], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Trained weights, and fresh ones of the same shapes."""
    embedding = rows["train"]["embedding"].values.astype(float)
    fresh = [
        untrained(w.T, cell.stream("control")).T
        for w, cell in zip(embedding, sweep.cells, strict=True)
    ]
    both = np.stack([embedding, np.stack(fresh)], axis=1)
    capacity = capacities(both)
    dedicated = capacity >= sweep.params.dedicated_above
    blocks = [
        [_block_dimensions(w, c, sweep.params) for w, c in zip(ws, cs, strict=True)]
        for ws, cs in zip(both, capacity, strict=True)
    ]
    return SCHEMAS["measure/compare"].dataset(
        {
            "width": [cell.upstream["train"].width for cell in sweep.cells],
            "loss_change": rows["train"]["loss_change"].values,
            "capacity": capacity,
            "shared_share": shared(capacity, sweep.params).mean(-1),
            "polysemantic_dimensions": 1.0 - dedicated.sum(-1) / embedding.shape[-1],
            "capacity_sum": capacity.sum(-1),
            "block_dimension": blocks,
            "loss_ratio": rows["train"]["evaluation_loss"].values,
        },
        {"control": list(CONTROLS)},
    )


def _block_dimensions(embedding: Array, capacity: Array, limits: MeasureCompare) -> Array:
    """Dimensions of each shared feature's block, which is the sum of its capacities; else NaN.

    Ignored features join no block: each overlaps a little with everything.
    """
    represented = capacity > limits.ignored_below
    block = cosine_components(embedding * represented[:, None], limits.block_cosine)
    size = np.array([capacity[block == b].sum() for b in block])
    return np.where(represented & (capacity < limits.dedicated_above), size, np.nan)
