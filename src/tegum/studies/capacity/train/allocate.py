"""Quadratic models on their exact loss, left to allocate their dimensions."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.capacity.params import Allocate
from tegum.studies.capacity.problems import values
from tegum.studies.capacity.quadratics import trained
from tegum.studies.capacity.schema import SCHEMAS


def run(
    cells: Sequence[Cell[Allocate]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Final embeddings (cell, feature, hidden)."""
    value = np.stack([values(c.params) for c in cells])
    kurtosis = np.array([c.params.kurtosis for c in cells])
    _, found = trained(cells, value, kurtosis, cells[0].params.width, context)
    return SCHEMAS["train/allocate"].dataset(found)
