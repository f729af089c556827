"""Circuits of several layers; rows are their errors by depth."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import Cell, Context
from tegum.metrics.gate_circuits import circuit_errors
from tegum.models.gate_sections import Circuit
from tegum.studies.boolean_gates.schema import SCHEMAS


def run(
    cells: Sequence[Cell[Circuit]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, depth)."""
    found = [circuit_errors(c.params, (c.stream("data"), c.stream("init"))) for c in cells]
    return rows_of(SCHEMAS["fit/circuit"], found, {"depth": range(1, cells[0].params.depth + 1)})
