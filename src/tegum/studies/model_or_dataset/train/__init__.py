"""Train the models of one bucket; rows: their weights, their losses, and how far these moved."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.ensemble import Ensemble
from tegum.studies.model_or_dataset.models import New, Weights
from tegum.studies.model_or_dataset.schema import LOSSES, SCHEMAS
from tegum.synthetic.batches import Stream
from tegum.training.plan import padded
from tegum.training.rows import train, weights_to_rows
from tegum.training.schedules import Schedule, checkpoint_steps


def trained(
    cells: Sequence[Cell[Any]],
    context: Context,
    new: New[Ensemble],
    stream: Callable[[Sequence[int]], Stream],
    schedule: str,
    losses: Callable[[Cell[Any], Weights], Sequence[float]],
) -> xr.Dataset:
    """Train the models of some cells; returns their rows (cell, ...).

    Args:
        cells: of equal shapes.
        new: from init streams to untrained models.
        stream: from data streams to batches.
        schedule: of the learning rate, after its rise.
        losses: from a cell and the weights of its model to the `LOSSES`.
    """
    pad, first = padded(list(cells)), cells[0].params
    scale = Schedule(schedule, first.steps, warm_up=min(first.warm_up, first.steps))
    result = train(
        cells,
        context,
        new([c.stream("init") for c in pad]),
        stream([c.stream("data") for c in pad]),
        scale,
        checkpoints=checkpoint_steps(scale),
        weight_decay=first.weight_decay,
    )
    weights = [{n: v[i] for n, v in result.parameters.items()} for i in range(len(cells))]
    each = np.array([losses(*pair) for pair in zip(cells, weights, strict=True)])
    values = {"loss": result.records["loss"], **dict(zip(LOSSES, each.T, strict=True))}
    found = SCHEMAS["train"].dataset(values | result.changes, {"step": result.steps})
    return found.assign(weights_to_rows(result.parameters))
