"""Readoffs of other pairs on the same layer, and affine ones that need no layer."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.gate_readoffs import Array, Indices, affine_estimates
from tegum.studies.boolean_gates import entries
from tegum.studies.boolean_gates.params import Control
from tegum.studies.boolean_gates.rows import labelled


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, control) of the errors of `fit`."""
    controls = cells[0].params.controls
    found = [
        entries.judged(cell.upstream["fit"], *_estimates(cell, control))
        for cell in cells
        for control in controls
    ]
    return labelled("control", found, controls)


def _estimates(cell: Cell[Control], control: str) -> tuple[Array, Indices]:
    section = cell.upstream["fit"]
    found = entries.sample(cell, section)
    if control == "affine":
        return affine_estimates(entries.target(section), found), found.cases()
    return entries.estimates(cell, section, found, permuted=True)
