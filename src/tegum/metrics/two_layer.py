"""Two-layer ReLU models as arrays: outputs, losses, and which neurons are monosemantic.

h = ReLU(W1 x + b), y = W2 h. Any number of leading axes are models, the same in all arrays of one
`Weights`. Definitions of the counts: Jermyn, Schiefer and Hubinger 2022 (arXiv 2211.09169).
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.monosemanticity import GUARD

Array = NDArray[np.floating]


class Weights(NamedTuple):
    """Of one model, or of several along leading axes."""

    encoder: Array
    """W1, (..., hidden, input)."""
    bias: Array
    """b, (..., hidden)."""
    decoder: Array
    """W2, (..., output, hidden)."""

    def at(self, *place: int | slice) -> "Weights":
        """Those of some of the models, by the places along their leading axes."""
        return Weights(self.encoder[place], self.bias[place], self.decoder[place])

    def double(self) -> "Weights":
        """The same in double precision."""
        return Weights(*(part.astype(np.float64) for part in self))


class Counts(NamedTuple):
    """What the neurons of a model do for single features."""

    mono_per_feature: Array
    """Monosemantic neurons per feature, (...)."""
    coverage: Array
    """Share of features that have a monosemantic neuron, (...)."""
    dead_share: Array
    """Share of neurons that answer to no single feature, (...)."""


def outputs(weights: Weights, inputs: Array) -> Array:
    """y of every model on the same inputs (sample, input): (..., sample, output)."""
    hidden = inputs @ np.swapaxes(weights.encoder, -1, -2) + weights.bias[..., None, :]
    return np.maximum(hidden, 0.0) @ np.swapaxes(weights.decoder, -1, -2)


def losses(weights: Weights, inputs: ArrayLike, targets: ArrayLike) -> Array:
    """Squared error summed over outputs, mean over samples: (..., input), ... to (...).

    Args:
        inputs: (sample, input), the same for all models, of the precision to compute in.
        targets: (sample, output).
    """
    x, y = torch.as_tensor(np.asarray(inputs)), torch.as_tensor(np.asarray(targets))
    lead = weights.bias.shape[:-1]
    encoder, bias, decoder = (
        torch.as_tensor(part.reshape(-1, *part.shape[len(lead) :])) for part in weights
    )
    found = []
    for w, b, d in zip(encoder, bias, decoder, strict=True):
        hidden = torch.addmm(b, x, w.T).relu_()
        found.append(torch.addmm(y, hidden, d.T, beta=-1.0).square_().sum() / len(x))
    return torch.stack(found).numpy().reshape(lead)


def counts(weights: Weights, embedding: ArrayLike, threshold: float) -> Counts:
    """Which neurons answer mostly to one feature.

    Args:
        embedding: P, (input, feature).
        threshold: share of a neuron's summed responses above which its largest makes it
            monosemantic.
    """
    before = weights.encoder @ np.asarray(embedding) + weights.bias[..., None]
    response = np.maximum(before, 0.0)
    largest, total = response.max(-1), response.sum(-1)
    mono = largest / (GUARD + total) > threshold
    features = response.shape[-1]
    served = (response.argmax(-1)[..., None] == np.arange(features)) & mono[..., None]
    return Counts(mono.sum(-1) / features, served.any(-2).mean(-1), (total <= 0).mean(-1))
