"""Models of sparse features whose only non-linearity after the bottleneck is a softmax.

The target of features x is the distribution x / sum x: k ones of n become k chances of 1 / k. The
loss is the cross-entropy with it, in nats. Logits matter up to one number per sample.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell


def target(features: Tensor) -> Tensor:
    """x / sum x over the last axis."""
    return features / features.sum(-1, keepdim=True)


def cross_entropy(logits: Tensor, chances: Tensor) -> Tensor:
    """-sum chances log softmax(logits), mean over samples: (cell, sample, feature) to (cell,)."""
    return -(chances * torch.log_softmax(logits, -1)).sum((1, 2)) / logits.shape[1]


def entropy(chances: Tensor) -> Tensor:
    """The least cross-entropy, mean over samples: (cell, sample, feature) to (cell,)."""
    return -torch.xlogy(chances, chances).sum(2).mean(1)


class SoftmaxReadout(Ensemble):
    """Linear encoders h = W x before a softmax of U h + b.

    Parameters ``weight`` W and ``readout`` U, both (cell, feature, dimension), and ``bias``
    (cell, feature), which starts at 0 and stays there in cells that are not ``biased``.

    Arguments
    ---------
    weight, readout: initial values (cell, feature, dimension).
    biased: whether a cell has a bias; one flag, or one per cell.
    frozen: whether the embeddings W stay as they are.
    """

    def __init__(
        self,
        *,
        weight: np.ndarray,
        readout: np.ndarray,
        biased: bool | Sequence[bool] = True,
        frozen: bool = False,
    ) -> None:
        super().__init__()
        start = torch.as_tensor(weight, dtype=torch.float32).clone()
        self.weight = nn.Parameter(start, requires_grad=not frozen)
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
