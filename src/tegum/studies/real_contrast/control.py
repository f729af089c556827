"""The same pairs and readers on the same architecture with weights drawn anew, along `control`."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.labels import coordinate
from tegum.studies.real_contrast import states
from tegum.studies.real_contrast.params import Control
from tegum.studies.real_contrast.reading import nothing, read

NAME = "weights drawn anew"


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Read states of these weights; one more value of `control`."""
    sections = [c.upstream["fit"] for c in cells]
    if rows["generate"]["available"].values.all() and states.available():
        sides = []
        for cell, section in zip(cells, sections, strict=True):
            given = cell.upstream["generate"]
            seen = states.of(given, section.layer, cell.params.weights_seed)
            sides.append(states.side(seen, given, section.layer))
        found = read(cells, sections, rows["generate"], sides)
    else:
        found = nothing(len(cells), sections[0])
    name = np.array([NAME], dtype=object)
    return found.isel(control=[0]).assign_coords(control=coordinate("control", name, "control"))
