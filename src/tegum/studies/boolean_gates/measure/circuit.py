"""Errors of circuits by depth, as their rows have them."""

from collections.abc import Mapping

import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.studies.boolean_gates.params import MeasureCircuit


def by_cell(sweep: SweepView[MeasureCircuit], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """(cell, depth)."""
    return rows["fit"]
