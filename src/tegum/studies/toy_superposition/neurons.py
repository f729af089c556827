"""Rows of the models that compute: of the best restart the weights, of each restart the loss.

Restarts of a cell share its data. The best is the one with the least weighted loss on the
evaluation set, which all restarts share as well.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.models.hidden_relu import HiddenReLU
from tegum.studies.toy_superposition.params import Train
from tegum.studies.toy_superposition.tied import importances, probabilities
from tegum.sweep import Cell
from tegum.synthetic.sets import FeatureStream
from tegum.synthetic.signed import SignedStream
from tegum.synthetic.stream import Stream
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule


def run(cells: Sequence[Cell], context: Any) -> xr.Dataset:
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
    evaluation = _stream(pad, "evaluation", context.device)
    untrained = _evaluate(model, evaluation, first.evaluation_batches)[:keep]
    result = fit(
        model,
        _stream(pad, "data", context.device),
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


def _stream(cells: Sequence[Cell], purpose: str, device: str) -> Stream:
    first: Train = cells[0].params
    kind = FeatureStream if first.model == "hidden_relu" else SignedStream
    return kind(
        seeds=[c.stream(purpose) for c in cells],
        probabilities=np.stack([probabilities(c.params) for c in cells]),
        batch=first.batch,
        device=device,
    )


def _evaluate(model: HiddenReLU, stream: Stream, batches: int) -> np.ndarray:
    """Squared error, mean over the evaluation batches: (cell, restart, feature)."""
    errors = [model.squared_error(stream.batch(step)) for step in range(batches)]
    return torch.stack(errors).mean(0).cpu().numpy()
