"""Sparse binary layers, universal or targeted; rows are the errors of their readoffs."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.constructed_gates import constructed_errors, gate_law
from tegum.models.gate_sections import Binary
from tegum.studies.boolean_gates.rows import labelled


def run(
    cells: Sequence[Cell[Binary]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, ...)."""
    found = [
        constructed_errors(c.params, c.stream)
        | gate_law(c.params, c.stream)
        | {"shared": np.asarray(c.params.wires**2)}
        for c in cells
    ]
    return labelled("fit/binary", found)
