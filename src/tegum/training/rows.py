"""From cells to rows: train the ensemble of some cells, and label what was found of each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.data.schema import Schema
from tegum.experiment.cell import Cell, Context
from tegum.labels import variable
from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream
from tegum.training.convergence import Evaluation
from tegum.training.harness import fit
from tegum.training.loop import Result
from tegum.training.plan import Plan, padded
from tegum.training.recorders import Recorder
from tegum.training.schedules import Schedule


def train(
    cells: Sequence[Cell[Any]],
    context: Context,
    model: Ensemble,
    stream: Stream,
    schedule: str | Schedule,
    *,
    checkpoints: tuple[int, ...] | None = None,
    recorder: Recorder | None = None,
    evaluation: Evaluation | str | None = None,
    **options: Any,
) -> Result:
    """Train the models of some cells, in place; steps and learning rates are their sections'.

    Args:
        cells: of equal shapes, one for each model that is not padding.
        model, stream: those of `padded(cells)`.
        schedule: by name, over the steps of the section; or as it is.
        checkpoints: steps after which is recorded; the last one alone by default.
        evaluation: what convergence is measured by: from the ensemble to `loss`, or the name of a
            record; by default the loss on fresh batches of the stream.
        options: of the `Plan`.
    """
    steps = cells[0].params.steps
    plan = Plan(
        steps=steps,
        learning_rate=[c.params.learning_rate for c in padded(cells)],
        schedule=Schedule(schedule, steps) if isinstance(schedule, str) else schedule,
        checkpoints=(steps - 1,) if checkpoints is None else checkpoints,
        convergence=True,
        **options,
    )
    return fit(
        model,
        stream,
        plan,
        recorder,
        keep=len(cells),
        scratch=context.scratch,
        progress=context.progress,
        device=context.device,
        evaluation=_recorded(recorder, evaluation) if isinstance(evaluation, str) else evaluation,
    )


def train_rows(
    cells: Sequence[Cell[Any]],
    context: Context,
    schema: Schema,
    model: Ensemble,
    stream: Stream,
    schedule: str | Schedule,
    *,
    values: Callable[[Result], Mapping[str, np.ndarray]] | None = None,
    **options: Any,
) -> xr.Dataset:
    """Train the models of some cells; returns their rows (cell, ...), as a schema names them.

    Args:
        schema: of the rows. A variable is the record, the weight or the change of its name, and a
            coordinate along `checkpoint` is `step` or `learning_rate_scale`.
        values: from the trained models to (cell, ...) of those variables that have no such name.
        options: of `train`, as are the other arguments.
    """
    result = train(cells, context, model, stream, schedule, **options)
    found = {**result.parameters, **result.records, **result.changes}
    found |= {} if values is None else values(result)
    at = {"step": result.steps, "learning_rate_scale": result.lr_scale}
    return schema.dataset(
        {name: found[name] for name in schema.layout if name in found},
        {name: values for name, values in at.items() if name in schema.coords},
    )


def weights_to_rows(weights: Mapping[str, np.ndarray]) -> xr.Dataset:
    """All weights of a model (cell, ...) as rows: `weight_<name>`, with inner dims of its own."""
    found = {}
    for name, value in weights.items():
        inner = tuple(f"{_stored(name)}_{axis}" for axis in range(value.ndim - 1))
        found[_stored(name)] = variable(("cell", *inner), value, f"weight {name}", "1")
    return xr.Dataset(found)


def weights_from_row(row: xr.Dataset, model: Ensemble) -> dict[str, np.ndarray]:
    """The weights of `weights_to_rows` by their names in a model, with or without `cell`."""
    return {name: row[_stored(name)].values for name, _ in model.named_parameters()}


def _stored(name: str) -> str:
    return f"weight_{name}".replace(".", "_")


def _recorded(recorder: Recorder | None, name: str) -> Evaluation:
    assert recorder is not None
    return lambda model: {"loss": recorder.record(model, torch.zeros(model.n_cells))[name]}
