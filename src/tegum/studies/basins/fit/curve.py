"""Bezier curves of low loss between two models that have different starts."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.alignment import aligned, canonical
from tegum.metrics.two_layer import Weights
from tegum.models.ensemble import Ensemble
from tegum.models.tethered import Curve
from tegum.studies.basins.params import FitCurve
from tegum.studies.basins.schema import SCHEMAS
from tegum.studies.basins.world import TRAINED, look, mono, poly
from tegum.synthetic.positions import WithPosition
from tegum.training.forces import stacked
from tegum.training.plan import padded
from tegum.training.rows import train
from tegum.training.superposed import batches

ENDS = {
    "mono_mono": (mono, mono),
    "poly_poly": (poly, poly),
    "mono_poly": (mono, poly),
}
STEP = 0.1
"""Between places at which a curve is evaluated for convergence."""


def run(cells: Sequence[Cell[FitCurve]], rows: Rows, context: Context) -> xr.Dataset:
    """Losses on the straight path and on the trained curve: (cell, path, position)."""
    p, world = cells[0].params, cells[0].upstream["train"]
    ends = []
    for index, cell in enumerate(cells):
        row, (one, other) = rows["train"].isel(cell=index), ENDS[cell.params.ends]
        first = canonical(one(row, 0, TRAINED))
        ends.append((first, aligned(first, other(row, 1, TRAINED))))
    pad = padded(list(cells))
    first, last = (stacked(side) for side in zip(*padded(ends), strict=True))
    seeds = [c.stream("init") for c in pad]
    stream = WithPosition(batches(pad, world, p.batch, phase=2), seeds)
    held_out = batches(pad, world, world.evaluation_samples, purpose="evaluation")

    @torch.no_grad()
    def evaluation(model: Ensemble) -> dict[str, Tensor]:
        x, y = held_out.batch(0)
        inner = torch.arange(STEP, 1 - STEP / 2, STEP)
        places = [torch.full((model.n_cells, 1), float(t)) for t in inner]
        return {"loss": torch.stack([model.loss((x, y, t)) for t in places]).mean(0)}

    model = Curve(first, last)
    schedule = "linear_decay_second_half"
    result = train(cells, context, model, stream, schedule, evaluation=evaluation)
    middle = Weights(*(result.parameters[name] for name in Weights._fields))
    found = []
    for index, (cell, (a, b)) in enumerate(zip(cells, ends, strict=True)):
        here = look(cell, world)
        found.append([here.path([a, b]), here.path([a, middle.at(index), b])])
    values = {"path_loss": np.array(found), **result.changes}
    return SCHEMAS["fit/curve"].dataset(values, {"path": ["straight", "curve"]})
