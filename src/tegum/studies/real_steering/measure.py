"""The rows, along the axes of the sweep."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.real_steering.params import Measure


def by_cell(sweep: SweepView[Measure], rows: Rows) -> xr.Dataset:
    """What was steered: (cell, ...)."""
    return rows["fit"]
