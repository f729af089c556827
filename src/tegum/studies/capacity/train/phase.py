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
    _, found = trained(models, value, kurtosis, 1, context)
    grid = {n: array.reshape(len(cells), points, *array.shape[1:]) for n, array in found.items()}
    change = grid["loss_change"]
    grid["loss_change"] = change[np.arange(len(cells)), np.abs(change).argmax(1)]
    return SCHEMAS["train/phase"].dataset(grid, {"ratio": values(cells[0].params)[:, 1]})


def values(params: Phase) -> Array:
    """Values of both features: (ratio, feature)."""
    reach = np.log(params.ratio_reach)
    second = np.exp(np.linspace(-reach, reach, params.ratio_points))
    return np.stack([np.ones_like(second), second], axis=1)
