"""Two phases of equal length: under a force, and let go."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tegum.experiment.cell import Cell, Context
from tegum.metrics.two_layer import Weights
from tegum.models.tethered import Pulled, Repelled
from tegum.training.plan import padded
from tegum.training.rows import train
from tegum.training.superposed import Sizes, batches, evaluated


class World(Sizes, Protocol):
    """What a section says of a task and of how it is evaluated."""

    evaluation_samples: int


def moved(
    cells: Sequence[Cell[Any]], model: Pulled | Repelled, world: World, context: Context
) -> tuple[list[Weights], np.ndarray]:
    """Weights (cell, ...) after each phase, and by how much the loss still fell in the second.

    The learning rate is constant under the force; then it is constant for half of the steps and
    falls to 0. Batches are those of phases 2 and 3 of a cell's world, which training never saw.

    Args:
        cells: of equal shapes; their sections say `steps`, `learning_rate` and `batch`.
        model: of as many models, padded, which is trained in place.
        world: sizes of the task.
        context: where it runs.
    """
    pad, p = padded(list(cells)), cells[0].params
    evaluation = evaluated(batches(pad, world, world.evaluation_samples, purpose="evaluation"))
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
