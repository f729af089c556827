"""Quadratic models on their exact loss, left to allocate their dimensions."""

from collections.abc import Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.capacity.params import Allocate
from tegum.studies.capacity.problems import problems
from tegum.studies.capacity.schema import SCHEMAS
from tegum.training.phases import train_quadratics


def run(cells: Sequence[Cell[Allocate]], rows: Rows, context: Context) -> xr.Dataset:
    """Final embeddings (cell, feature, hidden)."""
    _, found = train_quadratics(cells, context, *problems(cells))
    return SCHEMAS["train/allocate"].dataset(found)
