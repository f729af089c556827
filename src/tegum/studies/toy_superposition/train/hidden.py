"""Rows of the models that compute: of the best restart the weights, of each restart the loss.

Restarts of a cell share its data. The best is the one with the least weighted loss on the
evaluation set, which all restarts share as well.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.models.hidden_relu import HiddenReLU
from tegum.studies.toy_superposition.features import importances, probabilities
from tegum.studies.toy_superposition.params import Hidden
from tegum.studies.toy_superposition.schema import SCHEMAS
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


def run(
    cells: Sequence[Cell[Hidden]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train models with hidden neurons, of equal shapes; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    first = cells[0].params
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
    values = {
        "encoder": encoder,
        "decoder": decoder,
        "bias": result.parameters["bias"][best],
        "feature_loss": error[best],
        "untrained_feature_loss": untrained[best],
        "restart_loss": loss,
    }
    return SCHEMAS["train/hidden"].dataset(values)


def _training_stream(cells: Sequence[Cell[Hidden]], chances: np.ndarray, device: str) -> Stream:
    rest = _stream(cells, chances, "data", device)
    warm = np.array([c.params.warm_probability for c in cells])[:, None]
    if not warm.any():
        return rest
    first = _stream(cells, np.where(warm > 0, warm, chances), "data", device)
    return WarmStart(first, rest, cells[0].params.steps // 2)


def _stream(
    cells: Sequence[Cell[Hidden]], chances: np.ndarray, purpose: str, device: str
) -> Stream:
    first = cells[0].params
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
