"""Rows of the models that compute: of the best restart the weights, of each restart the loss.

Restarts of a cell share its data. The best is the one with the least weighted loss on the
evaluation set, which all restarts share as well.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.ensemble import Ensemble
from tegum.models.hidden_relu import HiddenReLU
from tegum.studies.toy_superposition.features import importances, probabilities
from tegum.studies.toy_superposition.params import Hidden
from tegum.studies.toy_superposition.schema import SCHEMAS
from tegum.synthetic.batches import Stream, Switched
from tegum.synthetic.sets import FeatureStream
from tegum.synthetic.signed import SignedStream
from tegum.training.loop import Result
from tegum.training.plan import padded
from tegum.training.rows import train_rows


def run(cells: Sequence[Cell[Hidden]], rows: Rows, context: Context) -> xr.Dataset:
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
    feature_probabilities = np.stack([probabilities(c.params) for c in pad])
    evaluation = _stream(pad, feature_probabilities, "evaluation", context.device)
    untrained = _evaluate(model, evaluation, 1)[:keep]
    importance = model.importance[:, None]

    def best_loss(model: Ensemble) -> dict[str, Tensor]:
        assert isinstance(model, HiddenReLU)
        error = torch.from_numpy(_evaluate(model, evaluation, first.evaluation_batches))
        return {"loss": (error.to(importance.device) * importance).sum(2).amin(1)}

    def values(result: Result) -> dict[str, np.ndarray]:
        error = _evaluate(model, evaluation, first.evaluation_batches)[:keep]
        loss = (error * importance[:keep].cpu().numpy()).sum(2)
        best = np.arange(keep), loss.argmin(1)
        encoder = result.parameters["encoder"][best]
        tied = first.model == "hidden_relu"
        return {
            "encoder": encoder,
            "decoder": np.swapaxes(encoder, 1, 2) if tied else result.parameters["decoder"][best],
            "bias": result.parameters["bias"][best],
            "feature_loss": error[best],
            "untrained_feature_loss": untrained[best],
            "restart_loss": loss,
        }

    stream = _training_stream(pad, feature_probabilities, context.device)
    options = {"values": values, "evaluation": best_loss}
    schema = SCHEMAS["train/hidden"]
    return train_rows(cells, context, schema, model, stream, first.schedule, **options)


def _training_stream(
    cells: Sequence[Cell[Hidden]], feature_probabilities: np.ndarray, device: str
) -> Stream:
    rest = _stream(cells, feature_probabilities, "data", device)
    warm = np.array([c.params.warm_probability for c in cells])[:, None]
    if not warm.any():
        return rest
    first = _stream(cells, np.where(warm > 0, warm, feature_probabilities), "data", device)
    return Switched(first, rest, cells[0].params.steps // 2)


def _stream(
    cells: Sequence[Cell[Hidden]], feature_probabilities: np.ndarray, purpose: str, device: str
) -> Stream:
    first = cells[0].params
    kind = FeatureStream if first.model == "hidden_relu" else SignedStream
    return kind(
        seeds=[c.stream(purpose) for c in cells],
        probabilities=feature_probabilities,
        batch=first.batch,
        device=device,
    )


def _evaluate(model: HiddenReLU, stream: Stream, batches: int) -> np.ndarray:
    """Squared error, mean over the evaluation batches: (cell, restart, feature)."""
    errors = [model.squared_error(stream.batch(step)) for step in range(batches)]
    return torch.stack(errors).mean(0).cpu().numpy()
