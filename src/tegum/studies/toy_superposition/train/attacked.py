"""Rows of tied autoencoders that are trained on attacked inputs.

An attack has a share of the mean norm of the inputs, of the evaluation samples of the cell's seed.
Losses are divided by the feature probability while training, as those of the other tied models.
"""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.ensemble import Ensemble
from tegum.models.tied_attacked import AttackedTied
from tegum.studies.toy_superposition.features import probabilities
from tegum.studies.toy_superposition.params import Attacked
from tegum.studies.toy_superposition.schema import SCHEMAS
from tegum.synthetic.batches import Stream
from tegum.synthetic.directed import Directed
from tegum.synthetic.draws import INIT, Draws
from tegum.synthetic.sets import FeatureStream
from tegum.training.convergence import Evaluation
from tegum.training.plan import padded
from tegum.training.recorders import TiedRecorder
from tegum.training.rows import train_rows


def stream(cells: Sequence[Cell[Attacked]], purpose: str, device: str) -> Stream:
    """Features of cells of equal shapes, and the directions of attacks that have random ones."""
    first, seeds = cells[0].params, [c.stream(purpose) for c in cells]
    chances = np.stack([probabilities(c.params) for c in cells])
    features = FeatureStream(seeds=seeds, probabilities=chances, batch=first.batch, device=device)
    return Directed(features, seeds) if first.attack == "random" else features


def initial_weight(cell: Cell[Attacked]) -> np.ndarray:
    """Initial embeddings, (feature, dimension)."""
    shape = cell.params.n_features, cell.params.n_dimensions
    return cell.params.initial_scale * Draws(cell.stream("init")).normal(shape, INIT)


def run(cells: Sequence[Cell[Attacked]], rows: Rows, context: Context) -> xr.Dataset:
    """Train attacked autoencoders of equal shapes; returns their rows (cell, ...)."""
    pad, keep = padded(list(cells)), len(cells)
    each = [c.params for c in pad]
    first = each[0]
    data, evaluation = (stream(pad, p, context.device) for p in ("data", "evaluation"))
    scale = np.array([p.feature_probability for p in each])
    model = AttackedTied(
        weight=np.stack([initial_weight(c) for c in pad]),
        output="relu",
        importance=np.ones((len(pad), first.n_features)) / scale[:, None],
        budget=np.array([p.training_budget for p in each])
        * _mean_norm(evaluation, first.evaluation_batches),
        growth=round(first.attack_growth * first.steps),
    )
    return train_rows(
        cells,
        context,
        SCHEMAS["train/attacked"],
        model,
        data,
        first.schedule,
        values=lambda r: {"evaluation_loss": r.records["evaluation_loss"] * scale[:keep, None]},
        recorder=TiedRecorder(evaluation, first.evaluation_batches),
        evaluation=_attacked_loss(evaluation, first.evaluation_batches),
    )


def _mean_norm(evaluation: Stream, batches: int) -> np.ndarray:
    """Mean norm of the inputs, (cell,)."""
    norms = [evaluation.batch(step)[0].norm(dim=2).mean(1) for step in range(batches)]
    return torch.stack(norms).mean(0).cpu().numpy()


def _attacked_loss(evaluation: Stream, batches: int) -> Evaluation:
    """What convergence is measured by: the loss under the attacks that are trained on."""

    @torch.no_grad()
    def evaluated(model: Ensemble) -> dict[str, Tensor]:
        losses = [model.loss(evaluation.batch(step)) for step in range(batches)]
        return {"loss": torch.stack(losses).mean(0)}

    return evaluated
