"""Train the models of one bucket; rows: their weights, their losses, and how far these moved."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.weights import M, with_weights
from tegum.studies.model_or_dataset.params import Train
from tegum.studies.model_or_dataset.schema import LOSSES, SCHEMAS
from tegum.synthetic.batches import Stream
from tegum.training.plan import padded
from tegum.training.rows import train, weights_to_rows
from tegum.training.schedules import Schedule, checkpoint_steps

P = TypeVar("P", bound=Train)


def trained(
    cells: Sequence[Cell[P]],
    context: Context,
    new: Callable[[P, Sequence[int]], M],
    stream: Callable[[P, Sequence[int], int, str], Stream],
    schedule: str,
    losses: Callable[[M, Cell[P]], Sequence[float]],
) -> xr.Dataset:
    """Train the models of some cells; returns their rows (cell, ...).

    Args:
        cells: of equal shapes.
        new: from parameters and init streams to untrained models.
        stream: from parameters, data streams, samples in a batch and device to batches.
        schedule: of the learning rate, after its rise.
        losses: from a trained model and its cell to the `LOSSES`.
    """
    pad, first = padded(list(cells)), cells[0].params
    scale = Schedule(schedule, first.steps, warm_up=min(first.warm_up, first.steps))
    result = train(
        cells,
        context,
        new(first, [c.stream("init") for c in pad]),
        stream(first, [c.stream("data") for c in pad], first.batch, context.device),
        scale,
        checkpoints=checkpoint_steps(scale),
        weight_decay=first.weight_decay,
    )
    each = []
    for i, cell in enumerate(cells):
        weights = {name: values[i] for name, values in result.parameters.items()}
        each.append(losses(with_weights(partial(new, first), weights, context.device), cell))
    values = {"loss": result.records["loss"], **dict(zip(LOSSES, np.array(each).T, strict=True))}
    found = SCHEMAS["train"].dataset(values | result.changes, {"step": result.steps})
    return found.assign(weights_to_rows(result.parameters))
