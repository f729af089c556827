"""Circuits of several layers; rows are their errors by depth."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.gate_circuits import circuit_errors
from tegum.models.gate_sections import Circuit
from tegum.studies.boolean_gates.rows import labelled


def run(
    cells: Sequence[Cell[Circuit]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, depth)."""
    found = [
        circuit_errors(
            **c.params.model_dump(exclude={"construction"}),
            seeds=(c.stream("data"), c.stream("init")),
        )
        for c in cells
    ]
    return labelled("fit/circuit", found)
