"""Models of sparse features whose only non-linearity after the bottleneck is a softmax.

The target of features x is the distribution x / sum x: k ones of n are each 1 / k. The
loss is the cross-entropy with it, in nats. Logits matter up to one number per sample.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares
from tegum.models.feature_networks import normal_parameter

Head = Literal["linear", "softmax"]


def target(features: Tensor) -> Tensor:
    """x / sum x over the last axis."""
    return features / features.sum(-1, keepdim=True)


def cross_entropy(logits: Tensor, probabilities: Tensor) -> Tensor:
    """-sum p log softmax(logits), mean over samples: (cell, sample, feature) to (cell,)."""
    return -(probabilities * torch.log_softmax(logits, -1)).sum((1, 2)) / logits.shape[1]


class SoftmaxReadout(Ensemble):
    """Linear encoders h = W x before a softmax of U h + b.

    Parameters ``weight`` W and ``readout`` U, both (cell, feature, dimension), and ``bias``
    (cell, feature), which starts at 0 and stays there in cells that are not ``biased``.

    Arguments
    ---------
    weight, readout: initial values (cell, feature, dimension).
    biased: whether a cell has a bias, (cell,).
    """

    def __init__(
        self,
        *,
        weight: np.ndarray,
        readout: np.ndarray,
        biased: Sequence[bool],
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.as_tensor(weight, dtype=torch.float32).clone())
        self.readout = nn.Parameter(torch.as_tensor(readout, dtype=torch.float32).clone())
        self.bias = nn.Parameter(torch.zeros(weight.shape[:2]))
        self.biased: Tensor
        self.register_buffer("biased", per_cell(biased, len(weight), "biased")[:, None])

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits: (cell, sample, feature) -> (cell, sample, feature)."""
        bias = (self.bias * self.biased)[:, None, :]
        return torch.baddbmm(bias, torch.bmm(inputs, self.weight), self.readout.transpose(1, 2))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy of a batch of features, (cell, sample, feature): (cell,)."""
        return cross_entropy(self(batch[0]), target(batch[0]))


class HiddenReadout(Ensemble):
    """One hidden GELU layer that feeds nothing but an unembedding: logits = U GELU(V x + c) + b.

    Parameters ``encoder`` V (cell, feature, hidden), ``hidden_bias`` c (cell, 1, hidden),
    ``readout`` U (cell, hidden, feature), ``bias`` b (cell, 1, feature).

    Arguments
    ---------
    head: ``softmax`` is trained on the cross-entropy with the target; ``linear`` on the squared
        error of the logits, as probabilities.
    seeds: the init stream of each cell.
    """

    def __init__(self, *, n_features: int, width: int, head: Head, seeds: list[int]) -> None:
        super().__init__()
        self.head = head
        self.encoder = normal_parameter((n_features, width), seeds, 0)
        self.readout = normal_parameter((width, n_features), seeds, 1, width**-0.5)
        self.hidden_bias = nn.Parameter(torch.zeros(len(seeds), 1, width))
        self.bias = nn.Parameter(torch.zeros(len(seeds), 1, n_features))

    def hidden(self, inputs: Tensor) -> Tensor:
        """(cell, sample, feature) -> (cell, sample, hidden)."""
        return nn.functional.gelu(torch.baddbmm(self.hidden_bias, inputs, self.encoder))

    def logits(self, hidden: Tensor) -> Tensor:
        """(cell, sample, hidden) -> (cell, sample, feature)."""
        return torch.baddbmm(self.bias, hidden, self.readout)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Loss of the head on a batch of features, (cell, sample, feature): (cell,)."""
        logits, probabilities = self.logits(self.hidden(batch[0])), target(batch[0])
        return self.head_loss(logits, probabilities)

    def head_loss(self, logits: Tensor, probabilities: Tensor) -> Tensor:
        """Mean over samples of the head's own loss, both (cell, sample, feature): (cell,)."""
        if self.head == "softmax":
            return cross_entropy(logits, probabilities)
        return sum_of_squares(logits - probabilities) / logits.shape[1]
