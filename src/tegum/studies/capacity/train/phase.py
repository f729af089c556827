"""Quadratic models of two features in one dimension, side by side for every value ratio."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.capacity.params import Phase
from tegum.studies.capacity.problems import Array
from tegum.studies.capacity.schema import SCHEMAS
from tegum.training.phases import train_quadratics


def run(cells: Sequence[Cell[Phase]], rows: Rows, context: Context) -> xr.Dataset:
    """Final embeddings (cell, ratio, feature, hidden), and the largest change of a loss."""
    points = cells[0].params.ratio_points
    models = [c for c in cells for _ in range(points)]
    value = np.concatenate([values(c.params) for c in cells])
    kurtosis = [c.params.kurtosis for c in models]
    _, found = train_quadratics(models, context, list(value), kurtosis, Phase.width)
    grid = {n: array.reshape(len(cells), points, *array.shape[1:]) for n, array in found.items()}
    change = grid["loss_change"]
    grid["loss_change"] = change[np.arange(len(cells)), np.abs(change).argmax(1)]
    return SCHEMAS["train/phase"].dataset(grid, {"ratio": values(cells[0].params)[:, 1]})


def values(params: Phase) -> Array:
    """Values of both features: (ratio, feature)."""
    reach = np.log(params.ratio_reach)
    second = np.exp(np.linspace(-reach, reach, params.ratio_points))
    return np.stack([np.ones_like(second), second], axis=1)
