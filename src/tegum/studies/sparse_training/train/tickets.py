"""Rounds of magnitude pruning with rewinding, and of random masks as dense."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.masked import Masked
from tegum.studies.sparse_training.params import TrainTickets
from tegum.studies.sparse_training.schema import SCHEMAS
from tegum.studies.sparse_training.world import (
    SHUFFLED,
    densities,
    described,
    masks,
    new_model,
    training,
)
from tegum.training.loop import prepare_process
from tegum.training.plan import padded
from tegum.training.pruning import kept_of, of_largest


def run(cells: Sequence[Cell[TrainTickets]], rows: Rows, context: Context) -> xr.Dataset:
    """Train, prune and rewind in rounds: (cell, round, ...), of which the first is dense."""
    prepare_process()
    pad, p = padded(list(cells)), cells[0].params
    model = new_model(pad, [masks(c, 1.0) for c in pad], context.device)
    rewind = max(1, round(p.rewind_share * p.steps))
    early, found = None, []
    for number in range(p.rounds + 1):
        share = (1 - p.prune_share) ** number
        if early is not None:
            kept = [_masks(model, i, c, share, number) for i, c in enumerate(pad)]
            _begin(model, early, kept)
        first = 0 if early is None else rewind
        loop = training(model, pad, len(cells), first)
        if early is None:
            loop.advance(rewind, loop.optimiser.step)
            early = {name: w.detach().clone() for name, w in model.named_parameters()}
        loop.advance(p.steps, loop.optimiser.step)
        wanted = [densities(p, share)] * len(pad)
        found.append(described(model, pad, len(cells), wanted) | loop.result().changes)
    each = {name: np.stack([one[name] for one in found], axis=1) for name in found[0]}
    return SCHEMAS["train/tickets"].dataset(each)


@torch.no_grad()
def _begin(
    model: Masked, early: dict[str, torch.Tensor], kept: Sequence[Sequence[np.ndarray]]
) -> None:
    """The weights of the first round at the rewinding, with other masks."""
    for name, weight in model.named_parameters():
        weight.copy_(early[name])
    for (_, mask), new in zip(model.pairs(), zip(*kept, strict=True), strict=True):
        mask.copy_(torch.from_numpy(np.stack(new)))
    model.project()


def _masks(
    model: Masked, place: int, cell: Cell[TrainTickets], share: float, number: int
) -> list[np.ndarray]:
    """Of the largest weights among those that a trained model kept, or random ones as dense."""
    if cell.params.ticket == "shuffled":
        return masks(cell, share, SHUFFLED + 2 * number)
    found = []
    for (weight, mask), density in zip(model.pairs(), densities(cell.params, share), strict=True):
        size = weight[place].detach().abs().cpu().numpy()
        kept = mask[place].bool().cpu().numpy()
        found.append(of_largest(np.where(kept, size, -1.0), kept_of(density, size.size)))
    return found
