"""Networks that are trained on samples of sparse features, and judged on a fixed set of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.experiment.cell import Cell, Context
from tegum.models.ensemble import Ensemble
from tegum.synthetic.sparse import SparseFeatures
from tegum.training.plan import padded
from tegum.training.rows import train


def train_sampled(
    model: Ensemble, cells: Sequence[Cell[Any]], signed: bool, context: Context
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Final parameters; `evaluation_loss` (cell,), and its change.

    Args:
        model: that of `padded(cells)`.
        cells: of equal shapes; their sections say `n_features`, `feature_probability`, `batch` and
            `evaluation_samples`.
        signed: whether the features have both signs.
        context: where it runs.
    """
    pad = padded(list(cells))
    first = cells[0].params

    def stream(purpose: str, samples: int) -> SparseFeatures:
        seeds = [c.stream(purpose) for c in pad]
        p = [c.params.feature_probability for c in pad]
        return SparseFeatures(seeds, p, first.n_features, samples, signed, context.device)

    evaluation = stream("evaluation", first.evaluation_samples)

    @torch.no_grad()
    def evaluated(model: Ensemble) -> dict[str, Tensor]:
        return {"loss": model.loss(evaluation.batch(0))}

    data = stream("data", first.batch)
    schedule = "linear_decay_second_half"
    result = train(cells, context, model, data, schedule, evaluation=evaluated)
    loss = evaluated(model)["loss"][: len(cells)].cpu().numpy().astype(np.float64)
    return result.parameters, {"evaluation_loss": loss, **result.changes}
