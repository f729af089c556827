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
from tegum.synthetic.features import FrequencyLaw, feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream, Task
from tegum.training.convergence import Evaluation


class Sizes(Protocol):
    """What a section says of its task."""

    n_features: int
    n_inputs: int
    feature_probability: float


def batches(
    cells: Sequence[Cell[Any]],
    sizes: Sizes | Sequence[Sizes],
    samples: int,
    *,
    purpose: str = "data",
    noise: Sequence[float] | None = None,
    task: Task = "decoder",
    frequency: Sequence[FrequencyLaw] | None = None,
    device: str = "cpu",
    **names: int | Sequence[int],
) -> SuperpositionStream:
    """Batches of one model for each of the cells, by default to recover the features.

    Args:
        cells: one for each model; equal seeds share the embedding and, by default, the samples.
        sizes: of all of them, or of each.
        samples: of a batch.
        purpose: of the random stream.
        noise: on the inputs of each model, in units of the interference sigma_I.
        task: of all of them.
        frequency: law of each model's feature probabilities; uniform by default.
        device: where batches are made.
        names: what else names the stream; one number for all models, or one for each.
    """
    own = [
        {n: v if isinstance(v, int) else v[i] for n, v in names.items()} for i in range(len(cells))
    ]
    seeds = [
        stream_seed(c.study, purpose, seed=c.seed, **named) if named else c.stream(purpose)
        for c, named in zip(cells, own, strict=True)
    ]
    each = list(sizes) if isinstance(sizes, Sequence) else [sizes] * len(cells)
    equal: list[FrequencyLaw] = ["uniform"] * len(cells)
    sigma = [interference(p.n_features, p.n_inputs, p.feature_probability) for p in each]
    return SuperpositionStream(
        task=task,
        seeds=seeds,
        n_inputs=each[0].n_inputs,
        probabilities=np.stack(
            [
                feature_probabilities(law, p.n_features, p.feature_probability)
                for law, p in zip(frequency or equal, each, strict=True)
            ]
        ),
        batch=samples,
        embedder_seeds=[c.stream("data") for c in cells],
        noise=[s * n for s, n in zip(sigma, noise, strict=True)] if noise and any(noise) else None,
        device=device,
    )


def evaluated(stream: SuperpositionStream) -> Evaluation:
    """The loss on a fixed set of samples, without what a model may add to its error."""

    @torch.no_grad()
    def evaluation(model: Ensemble) -> dict[str, Tensor]:
        error = getattr(model, "error", model.loss)
        return {"loss": error(stream.batch(0))}

    return evaluation
