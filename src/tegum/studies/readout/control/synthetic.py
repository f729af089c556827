"""Gaussian samples instead of synthetic activations, also where the dictionaries are judged.

What is measured is then what a Gaussian gains from more latents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.readout.dictionaries import Source, gaussian, judged
from tegum.studies.readout.fit.synthetic import activations
from tegum.studies.readout.params import Control

FITTED, HELD_OUT = 1, 2
"""Added to the control stream's seed: one stream for each thing that is drawn."""


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, control) of the measures of `fit`."""
    found = [
        replaced(activations(c, c.upstream["fit"], context.device), c.stream("control"))
        for c in cells
    ]
    return judged(found, context.device, {"control": cells[0].params.controls})


def replaced(real: Source, seed: int) -> Source:
    """A Gaussian instead of what is fitted to, and of what is judged on."""
    return replace(
        real,
        activations=gaussian(real.activations, seed + FITTED),
        held_out=gaussian(real.held_out, seed + HELD_OUT),
    )
