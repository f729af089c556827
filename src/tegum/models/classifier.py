"""Small classifiers with one hidden ReLU layer."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.init import uniform


class Classifier(Ensemble):
    """logits = W_2 ReLU(W_1 x + b_1) + b_2, one per cell.

    Parameters: ``rise`` (cell, hidden, input), ``rise_bias`` (cell, hidden), ``fall`` (cell,
    output, hidden), ``fall_bias`` (cell, output), all drawn from PyTorch's default law for linear
    layers, U(-1, 1) / sqrt(fan-in). ``seeds``: the init stream of each cell.
    """

    def __init__(self, *, n_inputs: int, width: int, outputs: int, seeds: Sequence[int]) -> None:
        super().__init__()
        shapes = [(width, n_inputs), (width,), (outputs, width), (outputs,)]
        bounds = [n_inputs**-0.5] * 2 + [width**-0.5] * 2
        self.rise, self.rise_bias, self.fall, self.fall_bias = (
            nn.Parameter(uniform(seeds, shape, number, bounds[number]))
            for number, shape in enumerate(shapes)
        )

    def hidden(self, inputs: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, hidden)."""
        return torch.baddbmm(self.rise_bias[:, None], inputs, self.rise.transpose(1, 2)).relu()

    def logits(self, hidden: Tensor) -> Tensor:
        """(cell, sample, hidden) -> (cell, sample, output)."""
        return torch.baddbmm(self.fall_bias[:, None], hidden, self.fall.transpose(1, 2))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Cross-entropy of the targets (cell, sample, output), summed over outputs: (cell,)."""
        inputs, targets = batch
        each = nn.functional.binary_cross_entropy_with_logits(
            self.logits(self.hidden(inputs)), targets, reduction="none"
        )
        return each.mean(1).sum(1)
