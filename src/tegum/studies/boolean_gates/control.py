"""Readoffs of other pairs on the same layer, and affine ones that need no layer."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import Cell, Context
from tegum.metrics.constructed_gates import constructed_errors
from tegum.studies.boolean_gates.params import Control
from tegum.studies.boolean_gates.schema import LABELS, SCHEMAS


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, control) of the errors of `fit`."""
    controls = cells[0].params.controls
    found = [
        constructed_errors(cell.upstream["fit"], cell.stream, control)
        for cell in cells
        for control in controls
    ]
    return rows_of(SCHEMAS["control"], found, LABELS, controls)
