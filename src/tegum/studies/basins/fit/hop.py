"""Models that are pulled towards another one, and then let go."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.alignment import aligned, canonical, distance
from tegum.models.tethered import Pulled
from tegum.studies.basins.fit.phases import moved, stacked
from tegum.studies.basins.params import FitHop
from tegum.studies.basins.schema import COUNTS, HOPS, SCHEMAS
from tegum.studies.basins.world import RELAXED, TRAINED, Look, mono, poly
from tegum.training.plan import padded

START = {"to_mono": poly, "to_noisy": poly, "to_poly": mono}
TARGET = {
    "to_mono": (mono, RELAXED),
    "to_noisy": (mono, TRAINED),
    "to_poly": (poly, RELAXED),
}


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
    phases, change = moved(cells, model, context)
    found: dict[str, list] = {name: [] for name in (*COUNTS, *HOPS)}
    for index, (cell, pair) in enumerate(zip(cells, ends, strict=True)):
        look = Look(cell, cell.upstream["train"])
        moments = [pair[0], *(phase.at(index) for phase in phases), pair[1]]
        together = stacked(moments)
        found["loss"].append(look.loss(together))
        counted = look.counts(together)
        found["mono_per_feature"].append(counted.mono_per_feature)
        found["coverage"].append(counted.coverage)
        for name, end in zip(("start", "target"), pair, strict=True):
            found[f"distance_{name}"].append([distance(end, m) for m in moments])
            barriers = [look.barrier(end, aligned(end, m)) for m in moments]
            found[f"barrier_{name}"].append(barriers)
    values = {name: np.array(value) for name, value in found.items()}
    moments = ["start", "pulled", "released", "target"]
    return SCHEMAS["fit/hop"].dataset(values | {"loss_change": change}, {"moment": moments})
