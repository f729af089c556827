"""Models that are driven away from their own minimum, and then let go."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.alignment import aligned, canonical, distance
from tegum.models.tethered import Repelled
from tegum.studies.basins.params import FitLeave
from tegum.studies.basins.schema import SCHEMAS
from tegum.studies.basins.world import described, look, poly
from tegum.training.forces import moved, stacked
from tegum.training.plan import padded


def run(cells: Sequence[Cell[FitLeave]], rows: Rows, context: Context) -> xr.Dataset:
    """Loss, counts, distance and barriers to the origin: (cell, moment)."""
    starts = [canonical(poly(rows["train"].isel(cell=i), 0)) for i in range(len(cells))]
    looks = [look(cell, cell.upstream["train"]) for cell in cells]
    ceiling = [
        c.params.ceiling * float(here.loss(w))
        for c, here, w in zip(cells, looks, starts, strict=True)
    ]
    strength = [c.params.repulsion for c in padded(list(cells))]
    model = Repelled(stacked(padded(starts)), strength, padded(ceiling))
    phases, change = moved(cells, model, cells[0].upstream["train"], context)
    found = []
    for index, (here, start) in enumerate(zip(looks, starts, strict=True)):
        moments = [start, *(phase.at(index) for phase in phases)]
        barriers = {
            "barrier_raw": [here.barrier(start, m) for m in moments],
            "barrier_start": [here.barrier(start, aligned(start, m)) for m in moments],
        }
        away = {"distance_start": [distance(start, m) for m in moments]}
        found.append(described(here, stacked(moments)) | barriers | away)
    values = {n: np.stack([one[n] for one in found]) for n in found[0]} | {"loss_change": change}
    return SCHEMAS["fit/leave"].dataset(values, {"moment": ["start", "pushed", "released"]})
