"""Circuits of several layers; rows are their errors by depth."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.gate_circuits import circuit_errors
from tegum.studies.boolean_gates.params import Circuit
from tegum.studies.boolean_gates.rows import labelled


def run(
    cells: Sequence[Cell[Circuit]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, depth)."""
    found = []
    for cell in cells:
        options = cell.params.model_dump(exclude={"construction"})
        seeds = cell.stream("data"), cell.stream("init")
        found.append(circuit_errors(**options, seeds=seeds))
    return labelled("fit/circuit", found)
