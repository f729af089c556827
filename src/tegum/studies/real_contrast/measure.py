"""Rows on the sweep's grid, and beside them those of weights drawn anew."""

from collections.abc import Mapping

import xarray as xr

from tegum.controls.joined import with_controls
from tegum.experiment.cell import SweepView
from tegum.studies.real_contrast.params import Measure


def run(sweep: SweepView[Measure], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    found = with_controls(rows["fit"], rows.get("control"))
    return found.transpose(*sweep.axes, ...)
