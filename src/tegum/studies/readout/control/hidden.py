"""Gaussian samples instead of hidden layers to fit to; the dictionaries are judged on the layers.

What is measured is then what dictionaries that know no features are worth to the readout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.readout.dictionaries import Source, gaussian, judged
from tegum.studies.readout.fit.hidden import activations
from tegum.studies.readout.params import Control

FITTED = 1
"""Added to the control stream's seed."""


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, control) of the measures of `fit`."""
    found = []
    for i, cell in enumerate(cells):
        row = rows["train"].isel(cell=i)
        real = activations(cell, cell.upstream["fit"], row, context.device)
        found.append(replaced(real, cell.stream("control")))
    return judged(found, context.device, {"control": cells[0].params.controls})


def replaced(real: Source, seed: int) -> Source:
    """A Gaussian instead of what is fitted to."""
    return replace(real, activations=gaussian(real.activations, seed + FITTED))
