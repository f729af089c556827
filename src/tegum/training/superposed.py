"""Batches of the superposition tasks for the models of some cells, which share what seeds share."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from tegum.experiment.cell import Cell
from tegum.experiment.seeds import stream_seed
from tegum.metrics.monosemanticity import interference
from tegum.models.ensemble import Ensemble
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.convergence import Evaluation


class Sizes(Protocol):
    """What a section says of its task."""

    n_features: int
    n_inputs: int
    feature_probability: float


def batches(
    cells: Sequence[Cell[Any]],
    sizes: Sizes,
    samples: int,
    *,
    purpose: str = "data",
    noise: Sequence[float] | None = None,
    **names: int | Sequence[int],
) -> SuperpositionStream:
    """Batches of one model for each of the cells, of uniform frequencies, to recover the features.

    Args:
        cells: one for each model; equal seeds share the embedding and, by default, the samples.
        sizes: of all of them.
        samples: of a batch.
        purpose: of the random stream.
        noise: on the inputs of each model, in units of the interference sigma_I.
        names: what else names the stream; one number for all models, or one for each.
    """
    own = [
        {n: v if isinstance(v, int) else v[i] for n, v in names.items()} for i in range(len(cells))
    ]
    seeds = [
        stream_seed(c.study, purpose, seed=c.seed, **named) if named else c.stream(purpose)
        for c, named in zip(cells, own, strict=True)
    ]
    p = sizes.feature_probability
    sigma = interference(sizes.n_features, sizes.n_inputs, p)
    return SuperpositionStream(
        task="decoder",
        seeds=seeds,
        n_inputs=sizes.n_inputs,
        probabilities=np.full((len(cells), sizes.n_features), p),
        batch=samples,
        embedder_seeds=[c.stream("data") for c in cells],
        noise=[sigma * level for level in noise] if noise is not None and any(noise) else None,
    )


def evaluated(stream: SuperpositionStream) -> Evaluation:
    """The loss on a fixed set of samples, without what a model may add to its error."""

    @torch.no_grad()
    def evaluation(model: Ensemble) -> dict[str, Tensor]:
        error = getattr(model, "error", model.loss)
        return {"loss": error(stream.batch(0))}

    return evaluation
