"""The rows of dictionaries, along the axes of the sweep."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.real_dictionaries.params import Dictionaries


def by_cell(sweep: SweepView[Dictionaries], rows: Rows) -> xr.Dataset:
    """What was fitted: (cell, ...)."""
    return rows["fit"]
