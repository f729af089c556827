"""Networks with one hidden ReLU layer that are taught signs."""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble
from tegum.models.frozen import learned, learning
from tegum.models.init import uniform

Loss = Literal["hinge", "squared"]
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "hinge": lambda output, target: (1.0 - output * target).relu(),
    "squared": lambda output, target: (output - target).square(),
}
"""Of outputs and signs."""


class SignNetwork(Ensemble):
    """f(x) = W_2 ReLU(W_1 x + b_1) + b_2, one per cell.

    Parameters: ``weight`` (cell, hidden, input), ``bias`` (cell, hidden), ``readout`` (cell,
    output, hidden), ``offset`` (cell, output), all drawn from PyTorch's default law for linear
    layers, U(-1, 1) / sqrt(fan-in).

    Arguments
    ---------
    seeds: the init stream of each cell.
    loss: of an output and its sign; a key of ``LOSSES``.
    importance: of each output in the loss, (cell, output).
    frozen: which cells keep the first layer as it was drawn, (cell,).
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        width: int,
        seeds: Sequence[int],
        loss: Loss,
        importance: Tensor,
        frozen: Sequence[bool],
    ) -> None:
        super().__init__()
        outputs = importance.shape[1]
        shapes = [(width, n_inputs), (width,), (outputs, width), (outputs,)]
        bounds = [n_inputs**-0.5] * 2 + [width**-0.5] * 2
        self.weight, self.bias, self.readout, self.offset = (
            nn.Parameter(uniform(seeds, shape, number, bounds[number]))
            for number, shape in enumerate(shapes)
        )
        self.kind = loss
        self.importance: Tensor
        self.learns: Tensor
        self.register_buffer("importance", importance.float())
        self.register_buffer("learns", learning(list(frozen), 3))

    def before(self, inputs: Tensor) -> Tensor:
        """Pre-activations: (cell, sample, input) -> (cell, sample, hidden)."""
        weight, bias = (learned(self.learns, w) for w in (self.weight, self.bias[:, None]))
        return torch.baddbmm(bias, inputs, weight.transpose(1, 2))

    def forward(self, inputs: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, output)."""
        hidden = self.before(inputs).relu()
        return torch.baddbmm(self.offset[:, None], hidden, self.readout.transpose(1, 2))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Loss of the outputs by their importance, mean over samples: (cell,)."""
        inputs, targets = batch
        each = LOSSES[self.kind](self(inputs), targets).mean(1)
        return (each * self.importance).sum(1)
