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
)
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import Plan, padded
from tegum.training.pruning import kept_of, of_largest
from tegum.training.schedules import Schedule
from tegum.training.superposed import batches, evaluated


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
        loop = _loop(model, pad, len(cells), first)
        if early is None:
            loop.advance(rewind, loop.optimiser.step)
            early = {name: w.detach().clone() for name, w in model.named_parameters()}
        loop.advance(p.steps, loop.optimiser.step)
        wanted = [densities(p, share)] * len(pad)
        found.append(described(model, pad, len(cells), wanted) | loop.result().changes)
    each = {name: np.stack([one[name] for one in found], axis=1) for name in found[0]}
    return SCHEMAS["train/tickets"].dataset(each)


def _loop(model: Masked, pad: Sequence[Cell[TrainTickets]], keep: int, first: int) -> Loop:
    """A training that begins at a step, in the phase of the learning rate and batches of it."""
    p = pad[0].params
    plan = Plan(
        steps=p.steps,
        learning_rate=[c.params.learning_rate for c in pad],
        schedule=Schedule("linear_decay_second_half", p.steps),
        checkpoints=(),
        convergence=True,
    )
    held_out = batches(pad, p, p.evaluation_samples, purpose="evaluation")
    stream, evaluation = batches(pad, p, p.batch), evaluated(held_out)
    loop = Loop(model, stream, plan, keep=keep, evaluation=evaluation)
    loop.step = first
    loop.start()
    return loop


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
