"""Rows of the models that compute: of the best restart the weights, of each restart the loss.

Restarts of a cell share its data. The best is the one with the least weighted loss on the
evaluation set, which all restarts share as well.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.labels import coordinate, variable
from tegum.models.hidden_relu import HiddenReLU
from tegum.studies.toy_superposition.params import Train
from tegum.studies.toy_superposition.tied import importances, probabilities
from tegum.synthetic.batches import Stream
from tegum.synthetic.sets import FeatureStream
from tegum.synthetic.signed import SignedStream
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule


class WarmStart(Stream):
    """Batches of one stream up to a step, then those of another."""

    def __init__(self, warm: Stream, rest: Stream, warm_steps: int) -> None:
        self.n_cells, self._warm, self._rest = rest.n_cells, warm, rest
        self._warm_steps = warm_steps

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The batch of a step: tensors with a leading `cell` axis."""
        return (self._warm if step < self._warm_steps else self._rest).batch(step)


def run(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Train models with hidden neurons, of equal shapes; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    first: Train = cells[0].params
    keep = len(cells)
    model = HiddenReLU(
        width=first.width,
        importance=np.stack([importances(c.params) for c in pad]),
        initial_scale=[c.params.initial_scale for c in pad],
        seeds=[c.stream("init") for c in pad],
        restarts=first.restarts,
        tied=first.model == "hidden_relu",
    ).to(context.device)
    chances = np.stack([probabilities(c.params) for c in pad])
    evaluation = _stream(pad, chances, "evaluation", context.device)
    untrained = _evaluate(model, evaluation, 1)[:keep]
    result = fit(
        model,
        _training_stream(pad, chances, context.device),
        Plan(
            steps=first.steps,
            learning_rate=[c.params.learning_rate for c in pad],
            schedule=Schedule(first.schedule, first.steps),
            checkpoints=(first.steps - 1,),
        ),
        keep=keep,
        scratch=context.scratch,
        progress=context.progress,
        device=context.device,
    )
    error = _evaluate(model, evaluation, first.evaluation_batches)[:keep]
    weighted = error * model.importance[:keep, None].cpu().numpy()
    loss = weighted.sum(2)
    best = np.arange(keep), loss.argmin(1)
    encoder = result.parameters["encoder"][best]
    tied = first.model == "hidden_relu"
    decoder = np.swapaxes(encoder, 1, 2) if tied else result.parameters["decoder"][best]
    layout = {
        "encoder": (("hidden", "feature"), encoder, "input weight"),
        "decoder": (("feature", "hidden"), decoder, "output weight"),
        "bias": (("feature",), result.parameters["bias"][best], "bias"),
        "feature_loss": (("feature",), error[best], "loss of a feature"),
        "untrained_feature_loss": (("feature",), untrained[best], "loss before training"),
        "restart_loss": (("restart",), loss, "weighted loss of a restart"),
    }
    sizes = {"hidden": first.width, "feature": first.n_features, "restart": first.restarts}
    return xr.Dataset(
        {
            name: variable(("cell", *dims), np.asarray(data, np.float32), long_name, "1")
            for name, (dims, data, long_name) in layout.items()
        },
        {dim: coordinate(dim, np.arange(size), dim) for dim, size in sizes.items()},
    )


def _training_stream(cells: Sequence[Any], chances: np.ndarray, device: str) -> Stream:
    rest = _stream(cells, chances, "data", device)
    warm = np.array([c.params.warm_probability for c in cells])[:, None]
    if not warm.any():
        return rest
    first = _stream(cells, np.where(warm > 0, warm, chances), "data", device)
    return WarmStart(first, rest, cells[0].params.steps // 2)


def _stream(cells: Sequence[Any], chances: np.ndarray, purpose: str, device: str) -> Stream:
    first: Train = cells[0].params
    kind = FeatureStream if first.model == "hidden_relu" else SignedStream
    return kind(
        seeds=[c.stream(purpose) for c in cells],
        probabilities=chances,
        batch=first.batch,
        device=device,
    )


def _evaluate(model: HiddenReLU, stream: Stream, batches: int) -> np.ndarray:
    """Squared error, mean over the evaluation batches: (cell, restart, feature)."""
    errors = [model.squared_error(stream.batch(step)) for step in range(batches)]
    return torch.stack(errors).mean(0).cpu().numpy()
