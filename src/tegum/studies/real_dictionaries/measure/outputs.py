"""The rows of changed outputs, along the axes of the sweep."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.real_dictionaries.params import Outputs


def by_cell(sweep: SweepView[Outputs], rows: Rows) -> xr.Dataset:
    """What outputs did: (cell, ...)."""
    return rows["control"]
