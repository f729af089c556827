"""Train ensembles of toy models; which module does it depends on the model.

A module of models has `run(cells, context) -> Dataset` with the rows of cells of equal shapes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from tegum.studies.toy_superposition import neurons, tied

MODELS = {
    "linear": tied.run,
    "relu": tied.run,
    "absolute_value": neurons.run,
    "hidden_relu": neurons.run,
}


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    return MODELS[cells[0].params.model](cells, context)
