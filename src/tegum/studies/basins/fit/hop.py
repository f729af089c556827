"""Models that are pulled towards another one, and then let go."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.alignment import aligned, canonical, distance
from tegum.models.tethered import Pulled
from tegum.studies.basins.params import FitHop
from tegum.studies.basins.schema import SCHEMAS
from tegum.studies.basins.world import RELAXED, TRAINED, described, look, mono, poly
from tegum.training.forces import moved, stacked
from tegum.training.plan import padded

START = {"to_mono": poly, "to_noisy": poly, "to_poly": mono}
TARGET = {"to_mono": (mono, RELAXED), "to_noisy": (mono, TRAINED), "to_poly": (poly, RELAXED)}


def run(cells: Sequence[Cell[FitHop]], rows: Rows, context: Context) -> xr.Dataset:
    """Loss, counts, distances and barriers to start and target: (cell, moment)."""
    ends = []
    for index, cell in enumerate(cells):
        row, direction = rows["train"].isel(cell=index), cell.params.direction
        start = canonical(START[direction](row, 0, RELAXED))
        of, phase = TARGET[direction]
        ends.append((start, aligned(start, of(row, 1, phase))))
    start, target = (stacked(side) for side in zip(*padded(ends), strict=True))
    model = Pulled(start, target, [c.params.strength for c in padded(list(cells))])
    phases, change = moved(cells, model, cells[0].upstream["train"], context)
    found = []
    for index, (cell, pair) in enumerate(zip(cells, ends, strict=True)):
        here = look(cell, cell.upstream["train"])
        moments = [pair[0], *(phase.at(index) for phase in phases), pair[1]]
        one = described(here, stacked(moments))
        for name, end in zip(("start", "target"), pair, strict=True):
            one[f"distance_{name}"] = np.array([distance(end, m) for m in moments])
            barriers = [here.barrier(end, aligned(end, m)) for m in moments]
            one[f"barrier_{name}"] = np.array(barriers)
        found.append(one)
    values = {n: np.stack([one[n] for one in found]) for n in found[0]} | {"loss_change": change}
    return SCHEMAS["fit/hop"].dataset(values, {"moment": ["start", "pulled", "released", "target"]})
