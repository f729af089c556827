"""Measurements; which module does them depends on the sweep's model.

A module of models has `measure(sweep, rows) -> Dataset` on the sweep's grid.
"""

from collections.abc import Mapping
from typing import Any

import xarray as xr

from tegum.studies.toy_superposition import measure_neurons, measure_tied

MODELS = {
    "linear": measure_tied.measure,
    "relu": measure_tied.measure,
    "absolute_value": measure_neurons.measure,
    "hidden_relu": measure_neurons.measure,
}


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    return MODELS[sweep.cells[0].upstream["train"].model](sweep, rows["train"])
