"""Capacities of sampled networks: architectures beside each other, and layers of deeper ones."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from scipy.stats import rankdata

from tegum.controls.weights import untrained
from tegum.metrics.capacity import capacities
from tegum.metrics.geometry import cosine_components
from tegum.studies.capacity.grids import Array, dataset, flat, widths
from tegum.studies.capacity.problems import CONTROLS

Rows = Mapping[str, xr.Dataset]


def architectures(sweep: Any, rows: Rows) -> xr.Dataset:
    """Shares of ignored, shared and dedicated features, losses and blocks, by architecture."""
    embedding = flat(rows["train"]["embedding"], sweep).astype(float)
    fresh = [
        untrained(w.T, cell.stream("control")).T
        for w, cell in zip(embedding, sweep.cells, strict=True)
    ]
    both = np.stack([embedding, np.stack(fresh)], axis=1)
    capacity = capacities(both)
    limits = sweep.params
    shared = (capacity > limits.ignored_below) & (capacity < limits.dedicated_above)
    dedicated = capacity >= limits.dedicated_above
    found = [
        [_block_dimensions(w, c, limits) for w, c in zip(ws, cs, strict=True)]
        for ws, cs in zip(both, capacity, strict=True)
    ]
    model = ("control",)
    one = (*model, "feature")
    return dataset(
        sweep,
        {
            "capacity": (one, capacity.astype(np.float32), "capacity"),
            "width": widths(sweep),
            "shared_share": (model, shared.mean(-1), "share of shared features"),
            "polysemantic_dimensions": (
                model,
                1.0 - dedicated.sum(-1) / embedding.shape[-1],
                "share of dimensions that are not dedicated",
            ),
            "capacity_sum": (model, capacity.sum(-1), "sum of capacities"),
            "block_dimension": (one, found, "dimensions of a shared feature's block"),
            "loss_ratio": (
                (),
                flat(rows["train"]["evaluation_loss"], sweep),
                "loss / loss of the best constant",
            ),
        },
        {"control": list(CONTROLS)},
    )


def layers(sweep: Any, rows: Rows) -> xr.Dataset:
    """Capacities and marginal returns of every layer, trained and untrained."""
    embedding = flat(rows["fit"]["embedding"], sweep).astype(float)
    gain = flat(rows["fit"]["marginal_return"], sweep).astype(float)
    capacity = capacities(embedding)
    limits = sweep.params
    shared = (capacity > limits.ignored_below) & (capacity < limits.dedicated_above)
    among = np.where(shared, gain, np.nan)
    with np.errstate(invalid="ignore"):
        spread = np.nanstd(among, axis=-1) / np.abs(np.nanmean(among, axis=-1))
    agreement = [
        [[_rank_correlation(*pair) for pair in pairwise(c)] for c in model] for model in capacity
    ]
    place = ("control", "layer")
    return dataset(
        sweep,
        {
            "capacity": ((*place, "feature"), capacity.astype(np.float32), "capacity"),
            "marginal_return": ((*place, "feature"), gain.astype(np.float32), "marginal return"),
            "capacity_sum": (place, capacity.sum(-1), "sum of capacities"),
            "width": widths(sweep),
            "shared_share": (place, shared.mean(-1), "share of shared features"),
            "return_spread": (
                place,
                spread,
                "spread of the marginal returns",
            ),
            "agreement": (
                ("control", "link"),
                agreement,
                "rank correlation of capacities with the next layer",
            ),
            "loss_ratio": (
                (),
                flat(rows["train"]["evaluation_loss"], sweep),
                "loss / loss of the best constant",
            ),
        },
        {"control": list(CONTROLS)},
    )


def _rank_correlation(first: Array, second: Array) -> float:
    """Spearman's coefficient."""
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])


def _block_dimensions(embedding: np.ndarray, capacity: Array, limits: Any) -> Array:
    """Dimensions of each shared feature's block, which is the sum of its capacities; else NaN.

    Ignored features join no block: each overlaps a little with everything.
    """
    represented = capacity > limits.ignored_below
    block = cosine_components(embedding * represented[:, None], limits.block_cosine)
    size = np.array([capacity[block == b].sum() for b in block])
    return np.where(represented & (capacity < limits.dedicated_above), size, np.nan)
