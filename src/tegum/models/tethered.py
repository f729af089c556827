"""Two-layer models trained from given weights, with a term that knows other weights.

h = ReLU(W1 x + b), y = W2 h, squared error summed over outputs and averaged over samples. `Pulled`
minimises L + (mu / 2) ||theta - target||^2, `Repelled` L - lambda min(L(midpoint to origin),
ceiling), `Curve` the mean of L over a Bezier curve whose ends stay.
"""

from abc import ABC
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares

Parts = Sequence[NDArray[np.floating]]
"""W1 (cell, hidden, input), b (cell, hidden), W2 (cell, output, hidden)."""
Tensors = tuple[Tensor, Tensor, Tensor]


def squared_error(weights: Tensors, inputs: Tensor, targets: Tensor) -> Tensor:
    """Of each cell: (cell,); inputs (cell, sample, input), targets (cell, sample, output)."""
    encoder, bias, decoder = weights
    hidden = torch.baddbmm(bias[:, None, :], inputs, encoder.transpose(1, 2)).relu_()
    residual = torch.baddbmm(targets, hidden, decoder.transpose(1, 2), beta=-1.0)
    return sum_of_squares(residual) / inputs.shape[1]


class Started(Ensemble, ABC):
    """Parameters ``encoder``, ``bias``, ``decoder`` that start from given weights."""

    BIASES = ("bias",)

    def __init__(self, start: Parts) -> None:
        super().__init__()
        encoder, bias, decoder = _tensors(start)
        self.encoder, self.bias = nn.Parameter(encoder), nn.Parameter(bias)
        self.decoder = nn.Parameter(decoder)

    @property
    def weights(self) -> Tensors:
        """W1, b and W2."""
        return self.encoder, self.bias, self.decoder

    def error(self, batch: tuple[Tensor, ...]) -> Tensor:
        """The squared error alone, of inputs and targets: (cell,)."""
        return squared_error(self.weights, batch[0], batch[1])

    def keep(self, name: str, weights: Parts) -> None:
        """Weights that are not trained, as the buffers ``<name>_0`` to ``<name>_2``."""
        for number, part in enumerate(_tensors(weights)):
            self.register_buffer(f"{name}_{number}", part)

    def kept(self, name: str) -> Tensors:
        """The weights of `keep`."""
        return tuple(getattr(self, f"{name}_{number}") for number in range(3))  # pyright: ignore[reportReturnType]


class Pulled(Started):
    """L + (mu / 2) ||theta - target||^2; `release` sets mu to 0.

    Arguments
    ---------
    start, target: weights of each cell, see ``Parts``.
    strength: mu, one number or one per cell.
    """

    def __init__(self, start: Parts, target: Parts, strength: float | Sequence[float]) -> None:
        super().__init__(start)
        self.keep("target", target)
        self.strength: Tensor
        self.register_buffer("strength", per_cell(strength, self.n_cells, "strength"))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        pairs = zip(self.weights, self.kept("target"), strict=True)
        apart = sum(sum_of_squares(mine - other) for mine, other in pairs)
        return self.error(batch) + 0.5 * self.strength * apart

    def release(self) -> None:
        """From now on the task's loss alone."""
        self.strength.zero_()


class Repelled(Started):
    """L - lambda min(L((theta + origin) / 2), ceiling); `release` sets lambda to 0.

    Arguments
    ---------
    start: weights of each cell, which are the origin too.
    strength: lambda, one number or one per cell.
    ceiling: loss at the midpoint beyond which nothing pushes further, per cell.
    """

    def __init__(
        self, start: Parts, strength: float | Sequence[float], ceiling: Sequence[float]
    ) -> None:
        super().__init__(start)
        self.keep("origin", start)
        self.strength: Tensor
        self.ceiling: Tensor
        self.register_buffer("strength", per_cell(strength, self.n_cells, "strength"))
        self.register_buffer("ceiling", per_cell(ceiling, self.n_cells, "ceiling"))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        error = self.error(batch)
        if not self.strength.any():
            return error
        encoder, bias, decoder = (
            (mine + old) / 2 for mine, old in zip(self.weights, self.kept("origin"), strict=True)
        )
        middle = squared_error((encoder, bias, decoder), batch[0], batch[1])
        return error - self.strength * torch.minimum(middle, self.ceiling)

    def release(self) -> None:
        """From now on the task's loss alone."""
        self.strength.zero_()


class Curve(Started):
    """The control point of a quadratic Bezier curve: (1-t)^2 first + 2 t (1-t) theta + t^2 last.

    Its batches have a third part, t of each cell: (cell, 1). It starts halfway between the ends.
    """

    def __init__(self, first: Parts, last: Parts) -> None:
        super().__init__([(a + b) / 2 for a, b in zip(first, last, strict=True)])
        self.keep("first", first)
        self.keep("last", last)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        inputs, targets, position = batch
        t = position[:, 0]
        shares = (1 - t) ** 2, 2 * t * (1 - t), t**2
        points = self.kept("first"), self.weights, self.kept("last")
        encoder, bias, decoder = (
            _spread(shares[0], a) + _spread(shares[1], b) + _spread(shares[2], c)
            for a, b, c in zip(*points, strict=True)
        )
        return squared_error((encoder, bias, decoder), inputs, targets)


def _spread(share: Tensor, part: Tensor) -> Tensor:
    return share.view(-1, *[1] * (part.ndim - 1)) * part


def _tensors(weights: Parts) -> Tensors:
    encoder, bias, decoder = (
        torch.as_tensor(np.ascontiguousarray(part), dtype=torch.float32).clone() for part in weights
    )
    return encoder, bias, decoder
