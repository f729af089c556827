"""Measurements: of models, or of dictionaries with the Gaussian's beside them."""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from tegum.data.rows import join_controls, with_changes
from tegum.studies.readout.measure_models import measure


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    found = dictionaries(sweep, rows) if "fit" in rows else measure(sweep, rows["train"])
    return with_changes(found, rows, sweep.axes)


def dictionaries(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """The measures of the dictionaries along `control`, `none` first."""
    return join_controls(rows["fit"], rows["control"]).transpose(*sweep.axes, "control")
