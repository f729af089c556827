"""Two phases of equal length: under a force, and let go."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.metrics.two_layer import Weights
from tegum.models.ensemble import Ensemble
from tegum.models.tethered import Pulled, Repelled
from tegum.studies.basins.world import batches
from tegum.training.plan import padded
from tegum.training.rows import train


def moved(
    cells: Sequence[Cell[Any]], model: Pulled | Repelled, context: Context
) -> tuple[list[Weights], np.ndarray]:
    """Weights (cell, ...) after each phase, and by how much the loss still fell in the second.

    The learning rate is constant under the force; then it is constant for half of the steps and
    falls to 0, on batches that were not seen before.
    """
    p, world, pad = cells[0].params, cells[0].upstream["train"], padded(list(cells))
    held_out = batches(pad, world, world.evaluation_samples, purpose="evaluation")

    @torch.no_grad()
    def evaluation(model: Ensemble) -> dict[str, Tensor]:
        assert isinstance(model, Pulled | Repelled)
        return {"loss": model.error(held_out.batch(0))}

    found, change = [], np.zeros(len(cells))
    for number, schedule in enumerate(("constant", "linear_decay_second_half")):
        stream = batches(pad, world, p.batch, phase=2 + number)
        result = train(cells, context, model, stream, schedule, evaluation=evaluation)
        found.append(Weights(*(result.parameters[name] for name in Weights._fields)))
        change = result.changes["loss_change"]
        model.release()
    return found, change


def stacked(models: Sequence[Weights]) -> Weights:
    """Single models along a leading axis."""
    return Weights(*(np.stack(parts) for parts in zip(*models, strict=True)))
