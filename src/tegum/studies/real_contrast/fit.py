"""Readers of the hidden states of each cell's model; rows: `SCHEMAS["fit"]`."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.real_contrast import states
from tegum.studies.real_contrast.params import Fit
from tegum.studies.real_contrast.reading import nothing, read


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Read the states of one bucket of cells; returns their rows (cell, ...)."""
    sections = [c.params for c in cells]
    if not (rows["generate"]["available"].values.all() and states.available()):
        return nothing(len(cells), sections[0])
    given = [c.upstream["generate"] for c in cells]
    sides = [states.side(states.of(g), g, s.layer) for g, s in zip(given, sections, strict=True)]
    return read(cells, sections, rows["generate"], sides)
