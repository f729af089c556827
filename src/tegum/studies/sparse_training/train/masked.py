"""Models with masks that stay, that move while they train, or that take whole neurons away."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.studies.sparse_training.params import TrainMasked
from tegum.studies.sparse_training.schema import SCHEMAS
from tegum.studies.sparse_training.world import (
    densities,
    described,
    masks,
    narrow_masks,
    new_model,
    training,
)
from tegum.training.loop import prepare_process
from tegum.training.plan import padded
from tegum.training.pruning import regrow


def run(cells: Sequence[Cell[TrainMasked]], rows: Rows, context: Context) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    prepare_process()
    pad, p = padded(list(cells)), cells[0].params
    model = new_model(pad, [_masks(c) for c in pad], context.device)
    loop = training(model, pad, len(cells))
    for number, stop in enumerate(_pauses(p)):
        loop.advance(stop, loop.optimiser.step)
        moving = [i for i, c in enumerate(pad) if c.params.method == "prune_grow"]
        seeds = [pad[i].stream("control") for i in moving]
        regrow(model, loop.optimiser, p.regrow_share, moving, seeds, number + 1)
    loop.advance(p.steps, loop.optimiser.step)
    wanted = [_wanted(c) for c in pad]
    found = described(model, pad, len(cells), wanted) | loop.result().changes
    narrow = [c.params.method == "narrow" for c in cells]
    found["wanted_share"][narrow] = found["kept_share"][narrow]  # neurons are counted, not weights
    return SCHEMAS["train/masked"].dataset(found)


def _pauses(p: TrainMasked) -> range:
    return range(p.regrow_every, int(p.regrow_until * p.steps) + 1, p.regrow_every)


def _density(cell: Cell[TrainMasked]) -> float:
    return 1.0 if cell.params.method == "dense" else cell.params.mask_density


def _wanted(cell: Cell[TrainMasked]) -> tuple[float, float]:
    return densities(cell.params, _density(cell))


def _masks(cell: Cell[TrainMasked]) -> list[np.ndarray]:
    if cell.params.method == "narrow":
        return narrow_masks(cell, cell.params.mask_density)
    return masks(cell, _density(cell))
