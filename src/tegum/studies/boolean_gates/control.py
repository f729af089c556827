"""Readoffs of other pairs on the same layer, and affine ones that need no layer."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.boolean_gates import entries
from tegum.studies.boolean_gates.entries import Array, Indices
from tegum.studies.boolean_gates.params import Binary, Control, Gaussian
from tegum.studies.boolean_gates.rows import labelled
from tegum.synthetic.active_bits import blocks
from tegum.theory.gates import TARGETS


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, control) of the errors of `fit`."""
    controls = cells[0].params.controls
    found = [
        entries.judged(cell.upstream["fit"], *_estimates(cell, cell.upstream["fit"], control))
        for cell in cells
        for control in controls
    ]
    return labelled("control", found, controls)


def _estimates(
    cell: Cell[Control], section: Gaussian | Binary, control: str
) -> tuple[Array, Indices]:
    found = entries.sample(cell, section)
    if control == "affine":
        gate = section.gate if isinstance(section, Gaussian) else "and"
        return entries.affine_estimates(TARGETS[gate], found), found.cases()
    if isinstance(section, Binary) and section.targeted:
        return entries.targeted_estimates(cell, section, permuted=True)
    readers = blocks(cell.stream("control"), 1, section.n_inputs, section.n_inputs)[0]
    if isinstance(section, Binary):
        return entries.binary_estimates(cell, section, found, readers), found.cases()
    return entries.gaussian_estimates(cell, section, found, readers), found.cases()
