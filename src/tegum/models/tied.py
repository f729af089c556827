"""Tied autoencoders of Elhage et al. 2022, "Toy Models of Superposition".

h = W^T x, x' = h W^T + b, through a ReLU or not; W_i, row i of W, is the embedding of feature i.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares

Output = Literal["linear", "relu"]


class Tied(Ensemble):
    """An ensemble of tied autoencoders.

    Parameters ``weight`` (cell, feature, dimension) and ``bias`` (cell, feature).

    Arguments
    ---------
    weight: initial embeddings (cell, feature, dimension); the bias starts at 0.
    output: ``linear`` or ``relu``.
    importance: (cell, feature), weight of each feature's squared error.
    with_bias: whether the bias is trained; it stays 0 otherwise.
    l1_hidden: strength of the mean over samples of the sum of |h|; one number, or one per cell.
    """

    def __init__(
        self,
        *,
        weight: np.ndarray,
        output: Output,
        importance: np.ndarray,
        with_bias: bool = True,
        l1_hidden: float | Sequence[float] = 0.0,
    ) -> None:
        super().__init__()
        if importance.shape != weight.shape[:2]:
            raise TegumError(
                f"importance has shape {importance.shape}; give one number per cell and feature, "
                f"{weight.shape[:2]}."
            )
        self.output = output
        self.weight = nn.Parameter(torch.as_tensor(weight, dtype=torch.float32).clone())
        self.bias = nn.Parameter(torch.zeros(weight.shape[:2]), requires_grad=with_bias)
        self.importance: Tensor
        self.l1_hidden: Tensor
        self.register_buffer("importance", torch.as_tensor(importance, dtype=torch.float32))
        self.register_buffer("l1_hidden", per_cell(l1_hidden, len(weight), "l1_hidden"))
        self._penalised = bool(self.l1_hidden.any())

    def forward(self, inputs: Tensor) -> Tensor:
        """x': (cell, sample, feature) -> (cell, sample, feature)."""
        return self._decode(torch.bmm(inputs, self.weight))

    def _decode(self, hidden: Tensor) -> Tensor:
        before = torch.baddbmm(self.bias[:, None, :], hidden, self.weight.transpose(1, 2))
        return before.relu_() if self.output == "relu" else before

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The weighted error plus the penalty: (cell,); the batch is that of ``error``."""
        hidden = torch.bmm(batch[0], self.weight)
        loss = self._error(batch, hidden)
        if not self._penalised:
            return loss
        return loss + self.l1_hidden * _expected(hidden.abs(), batch[1:]).sum(1)

    def error(self, batch: tuple[Tensor, ...]) -> Tensor:
        """sum_i I_i (x_i - x'_i)^2, mean over samples: (cell,).

        The batch is the features (cell, sample, feature), or those and the probabilities of the
        samples (cell, sample), by which the mean is then taken.
        """
        return self._error(batch, torch.bmm(batch[0], self.weight))

    def _error(self, batch: tuple[Tensor, ...], hidden: Tensor) -> Tensor:
        residual = self._decode(hidden) - batch[0]
        if len(batch) > 1:
            return (_expected(residual.square(), batch[1:]) * self.importance).sum(1)
        return sum_of_squares(residual, self.importance[:, None] / residual.shape[1])


def _expected(values: Tensor, probabilities: tuple[Tensor, ...]) -> Tensor:
    """Mean over samples, weighted by their probabilities where there are any: (cell, unit)."""
    return (
        torch.bmm(probabilities[0][:, None, :], values)[:, 0] if probabilities else values.mean(1)
    )
