"""Two-layer models of Jermyn, Schiefer, Hubinger 2022 (arXiv 2211.09169).

e = W1 x + b, h = act(e), y = W2 h: no output bias, no output non-linearity.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares
from tegum.models.init import uniform

Activation = Literal["relu", "gelu", "solu"]


def solu(x: Tensor) -> Tensor:
    """x exp(x), as the original code has it; the published SoLU is x softmax(x)."""
    return x * x.exp()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "gelu": nn.functional.gelu,
    "solu": solu,
}


class TwoLayer(Ensemble):
    """An ensemble of two-layer models.

    Parameters ``encoder`` (cell, hidden, input), ``bias`` (cell, hidden), ``decoder``
    (cell, output, hidden), each cell drawn from its own init stream by PyTorch's default law for
    linear layers, U(-1/sqrt(fan_in), 1/sqrt(fan_in)); ``bias_offset`` is added to the bias.

    Arguments
    ---------
    activation: a key of ``ACTIVATIONS``.
    seeds: the init stream of each cell.
    bias_offset: one number, or one per cell.
    l1_hidden, l1_output: strength of the sum over units of |h| and |y|, mean over samples.
    l1_weights: strength of the sum over the encoder's and the decoder's entries of |w|.
        Each is one number, or one per cell.
    """

    BIASES = ("bias",)

    def __init__(
        self,
        *,
        n_inputs: int,
        width: int,
        n_outputs: int,
        activation: Activation,
        seeds: Sequence[int],
        bias_offset: float | Sequence[float] = 0.0,
        l1_hidden: float | Sequence[float] = 0.0,
        l1_output: float | Sequence[float] = 0.0,
        l1_weights: float | Sequence[float] = 0.0,
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise TegumError(
                f"unknown activation {activation!r}; give one of {', '.join(ACTIVATIONS)}."
            )
        self.activation = activation
        n_cells = len(seeds)
        outer, inner = n_inputs**-0.5, width**-0.5
        offset = per_cell(bias_offset, n_cells, "bias_offset")
        self.encoder = nn.Parameter(uniform(seeds, (width, n_inputs), 0, outer))
        self.bias = nn.Parameter(uniform(seeds, (width,), 1, outer) + offset[:, None])
        self.decoder = nn.Parameter(uniform(seeds, (n_outputs, width), 2, inner))
        self.l1_hidden: Tensor
        self.l1_output: Tensor
        self.l1_weights: Tensor
        self.register_buffer("l1_hidden", per_cell(l1_hidden, n_cells, "l1_hidden"))
        self.register_buffer("l1_output", per_cell(l1_output, n_cells, "l1_output"))
        self.register_buffer("l1_weights", per_cell(l1_weights, n_cells, "l1_weights"))
        self._penalised = {
            name for name in ("l1_hidden", "l1_output", "l1_weights") if getattr(self, name).any()
        }

    def hidden(self, inputs: Tensor) -> Tensor:
        """h: (cell, sample, input) -> (cell, sample, hidden)."""
        before = torch.baddbmm(self.bias[:, None, :], inputs, self.encoder.transpose(1, 2))
        return ACTIVATIONS[self.activation](before)

    def forward(self, inputs: Tensor) -> Tensor:
        """y: (cell, sample, input) -> (cell, sample, output)."""
        return torch.bmm(self.hidden(inputs), self.decoder.transpose(1, 2))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Squared error summed over outputs, mean over samples, plus the penalties: (cell,)."""
        inputs, targets = batch
        hidden = self.hidden(inputs)
        residual = torch.baddbmm(targets, hidden, self.decoder.transpose(1, 2), beta=-1.0)
        samples = inputs.shape[1]
        loss = self.squares(residual) / samples
        if "l1_hidden" in self._penalised:
            loss = loss + self.l1_hidden * hidden.abs().sum((1, 2)) / samples
        if "l1_output" in self._penalised:
            loss = loss + self.l1_output * (residual + targets).abs().sum((1, 2)) / samples
        if "l1_weights" in self._penalised:
            size = self.encoder.abs().sum((1, 2)) + self.decoder.abs().sum((1, 2))
            loss = loss + self.l1_weights * size
        return loss

    def squares(self, residual: Tensor) -> Tensor:
        """What the loss makes of the residual (cell, sample, output), summed: (cell,)."""
        return sum_of_squares(residual)

    @torch.no_grad()
    def responses(self, embedding: Tensor, amplitude: float = 1.0) -> Tensor:
        """h to one feature at a time: (cell, hidden, feature).

        Arguments: ``embedding`` (cell, input, feature); ``amplitude`` of the single feature.
        """
        return self.hidden(embedding.transpose(1, 2) * amplitude).transpose(1, 2).contiguous()
