"""Models that are driven away from their own minimum, and then let go."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.alignment import aligned, canonical, distance
from tegum.models.tethered import Repelled
from tegum.studies.basins.fit.phases import moved, stacked
from tegum.studies.basins.params import FitLeave
from tegum.studies.basins.schema import COUNTS, LEAVES, SCHEMAS
from tegum.studies.basins.world import Look, poly
from tegum.training.plan import padded


def run(cells: Sequence[Cell[FitLeave]], rows: Rows, context: Context) -> xr.Dataset:
    """Loss, counts, distance and barriers to the origin: (cell, moment)."""
    starts = [canonical(poly(rows["train"].isel(cell=i), 0)) for i in range(len(cells))]
    looks = [Look(cell, cell.upstream["train"]) for cell in cells]
    ceiling = [
        c.params.ceiling * float(look.loss(w))
        for c, look, w in zip(cells, looks, starts, strict=True)
    ]
    pad = padded(list(cells))
    strength = [c.params.repulsion for c in pad]
    model = Repelled(stacked(padded(starts)), strength, padded(ceiling))
    phases, change = moved(cells, model, context)
    found: dict[str, list] = {name: [] for name in (*COUNTS, *LEAVES)}
    for index, (look, start) in enumerate(zip(looks, starts, strict=True)):
        moments = [start, *(phase.at(index) for phase in phases)]
        together = stacked(moments)
        counted = look.counts(together)
        found["loss"].append(look.loss(together))
        found["mono_per_feature"].append(counted.mono_per_feature)
        found["coverage"].append(counted.coverage)
        found["distance_start"].append([distance(start, m) for m in moments])
        found["barrier_raw"].append([look.barrier(start, m) for m in moments])
        found["barrier_start"].append([look.barrier(start, aligned(start, m)) for m in moments])
    values = {name: np.array(value) for name, value in found.items()}
    moments = ["start", "pushed", "released"]
    return SCHEMAS["fit/leave"].dataset(values | {"loss_change": change}, {"moment": moments})
