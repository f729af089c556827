"""Layers of normal weights; rows are the errors of their readoffs, and what they should be."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import Cell, Context
from tegum.metrics.constructed_gates import constructed_errors, gate_law
from tegum.models.gate_sections import Binary, Gaussian
from tegum.studies.boolean_gates.schema import LABELS, SCHEMAS


def run(
    cells: Sequence[Cell[Gaussian | Binary]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, ...)."""
    found = [constructed_errors(c.params, c.stream) | gate_law(c.params, c.stream) for c in cells]
    return rows_of(SCHEMAS[f"fit/{cells[0].params.construction}"], found, LABELS)
