"""How dictionaries explain activations and serve readouts, with the Gaussian's beside them."""

from collections.abc import Mapping

import xarray as xr

from tegum.data.rows import join_controls, with_changes
from tegum.experiment.cell import SweepView
from tegum.studies.readout.params import MeasureDictionaries


def by_cell(sweep: SweepView[MeasureDictionaries], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """The measures of the rows along `cell` and `control`, `none` first."""
    found = join_controls(rows["fit"], rows["control"]).transpose("cell", "control")
    return with_changes(found, rows, {"cell": range(len(sweep.cells))})
