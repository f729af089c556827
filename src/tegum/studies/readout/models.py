"""Models of cells of equal shapes, before training, and what they are trained on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.models.ensemble import Ensemble
from tegum.models.softmax import HiddenReadout, SoftmaxReadout
from tegum.models.tied import Tied
from tegum.studies.readout.params import Train
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import INIT, Draws
from tegum.synthetic.quadrature import QuadratureStream
from tegum.synthetic.sets import FeatureStream
from tegum.synthetic.subsets import SubsetStream


def initial_weights(section: Train, seed: int, number: int = 0) -> NDArray[np.float32]:
    """Initial embeddings, or (`number` 1) rows of the readout: (feature, dimension)."""
    n, m = section.n_features, section.n_dimensions
    scale = m**-0.5 if section.readout == "softmax" else section.initial_scale
    drawn = np.float32(scale) * Draws(seed).normal((n, m), INIT, number)
    return np.pad(drawn, ((0, 0), (0, max(section.padded_dimensions - m, 0))))


def untrained(cells: Sequence[Any]) -> Ensemble:
    """The models of cells (`params`, `stream`) before training.

    The squared error of independent features is divided by their probability, so that gradients
    are of equal size at every sparsity.
    """
    sections: list[Train] = [c.params for c in cells]
    first, seeds = sections[0], [c.stream("init") for c in cells]
    if first.encoder == "hidden":
        assert first.readout != "relu"
        sizes = {"n_features": first.n_features, "width": first.n_dimensions}
        return HiddenReadout(head=first.readout, seeds=seeds, **sizes)
    each = list(zip(sections, seeds, strict=True))
    weight = np.stack([initial_weights(p, seed) for p, seed in each])
    if first.readout == "softmax":
        readout = np.stack([initial_weights(p, seed, 1) for p, seed in each])
        biased = [p.with_bias for p in sections]
        return SoftmaxReadout(weight=weight, readout=readout, biased=biased)
    importance = np.stack([np.full(p.n_features, 1 / p.feature_probability) for p in sections])
    return Tied(weight=weight, output=first.readout, importance=importance)


def stream(cells: Sequence[Any], purpose: str, batch: int, device: str = "cpu") -> Stream:
    """Features of cells (`params`, `stream`) of equal shapes."""
    first: Train = cells[0].params
    seeds = [c.stream(purpose) for c in cells]
    if first.data == "subsets":
        return SubsetStream(
            seeds=seeds,
            n_features=first.n_features,
            n_active=first.n_active,
            batch=batch,
            magnitudes=first.magnitudes,
            device=device,
        )
    chances = np.stack([np.full(first.n_features, c.params.feature_probability) for c in cells])
    if first.data == "quadrature":
        return QuadratureStream(chances, first.nodes, first.max_active, device)
    return FeatureStream(seeds=seeds, probabilities=chances, batch=batch, device=device)
