"""How dictionaries explain activations and serve readouts, with the Gaussian's beside them."""

from collections.abc import Mapping

import xarray as xr

from tegum.data.rows import join_controls, with_changes
from tegum.dictionaries.movement import movement
from tegum.experiment.cell import SweepView
from tegum.studies.readout.params import MeasureDictionaries


def by_cell(sweep: SweepView[MeasureDictionaries], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """The measures of the rows along `cell` and `control`, `none` first."""
    found = join_controls(rows["fit"], rows["control"]).transpose("cell", "control")
    moved = {
        stage: of.assign(loss_change=movement(of["loss_change"], of["fvu"]))
        for stage, of in rows.items()
        if "fvu" in of
    }
    return with_changes(found, {**rows, **moved}, {"cell": range(len(sweep.cells))})
