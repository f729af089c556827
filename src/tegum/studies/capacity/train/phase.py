"""Quadratic models of two features in one dimension, side by side for every value ratio."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.capacity.params import Phase
from tegum.studies.capacity.problems import Array
from tegum.studies.capacity.quadratics import trained
from tegum.studies.capacity.schema import SCHEMAS


def run(
    cells: Sequence[Cell[Phase]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Final embeddings (cell, ratio, feature, hidden), and the largest change of a loss."""
    points = cells[0].params.ratio_points
    models = [c for c in cells for _ in range(points)]
    value = np.concatenate([values(c.params) for c in cells])
    kurtosis = np.array([c.params.kurtosis for c in models])
    _, found, change = trained(models, value, kurtosis, 1, context)
    change = change.reshape(len(cells), points)
    largest = change[np.arange(len(cells)), np.abs(change).argmax(1)]
    grid = found.reshape(len(cells), points, *found.shape[1:])
    coords = {"ratio": values(cells[0].params)[:, 1]}
    moved = {"embedding": grid, "loss_change": largest}
    return SCHEMAS["train/phase"].dataset(moved, coords)


def values(params: Phase) -> Array:
    """Values of both features: (ratio, feature)."""
    reach = np.log(params.ratio_reach)
    second = np.exp(np.linspace(-reach, reach, params.ratio_points))
    return np.stack([np.ones_like(second), second], axis=1)
