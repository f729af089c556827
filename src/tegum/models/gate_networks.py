"""Trained networks that compute with sparse features: all pairwise gates, and all ReLUs at once."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell
from tegum.models.feature_networks import normal_parameter
from tegum.models.frozen import learned, learning
from tegum.models.gate_sections import Network
from tegum.models.init import uniform
from tegum.models.random_layers import input_directions


class _PowerOfError(torch.autograd.Function):
    """sum w |e|^P, with a gradient in few passes over arrays of that size."""

    @staticmethod
    def forward(ctx, error: Tensor, weights: Tensor | None, power: int) -> Tensor:
        slope = error.clone() if weights is None else error * weights
        square = error.square()
        for _ in range(power // 2 - 1):
            slope.mul_(square)
        if power % 2:
            slope.mul_(error.abs())
        ctx.save_for_backward(slope)
        ctx.power = power
        return torch.linalg.vecdot(slope.flatten(1), error.flatten(1))

    @staticmethod
    def backward(ctx, gradient: Tensor):  # type: ignore[override]
        (slope,) = ctx.saved_tensors
        return slope * (ctx.power * gradient[:, None, None]), None, None


class GateNetwork(Ensemble):
    """A ReLU layer and an affine readoff of a gate of every pair of inputs.

    The loss is the mean over samples and pairs of w |y - target|^P, w being a weight where the
    target is 1 and 1 elsewhere.

    Parameters ``encoder`` (cell, input, hidden), normal with variance 1 / inputs; ``bias`` (cell,
    1, hidden), 0; ``decoder`` (cell, hidden, pair), PyTorch's default law; ``offset`` (cell, 1,
    pair), 0. The batch is (bits (cell, sample, input), targets (cell, sample, pair)).

    Args:
        frozen: whether a cell's first layer stays as it is drawn.
        upweight: weight of the ones of each cell.
        loss_power: P, at least 2.
        seeds: the init stream of each cell.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        width: int,
        frozen: Sequence[bool],
        upweight: Sequence[float],
        loss_power: int,
        seeds: Sequence[int],
    ) -> None:
        super().__init__()
        self.loss_power = loss_power
        n_pairs, cells = n_inputs * (n_inputs - 1) // 2, len(seeds)
        self.encoder = normal_parameter((n_inputs, width), list(seeds), 0, n_inputs**-0.5)
        self.bias = nn.Parameter(torch.zeros(cells, 1, width))
        self.decoder = nn.Parameter(uniform(seeds, (width, n_pairs), 1, width**-0.5))
        self.offset = nn.Parameter(torch.zeros(cells, 1, n_pairs))
        self.trains: Tensor
        self.upweight: Tensor
        self.register_buffer("trains", learning(list(frozen), 3))
        weights = per_cell(upweight, cells, "upweight")
        self.register_buffer("upweight", weights[:, None, None])

    def hidden(self, bits: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, hidden)."""
        encoder, bias = (learned(self.trains, w) for w in (self.encoder, self.bias))
        return torch.baddbmm(bias, bits, encoder).relu_()

    def forward(self, bits: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, pair)."""
        return torch.baddbmm(self.offset, self.hidden(bits), self.decoder)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        bits, targets = batch
        plain = bool((self.upweight == 1).all())
        weights = None if plain else targets * (self.upweight - 1) + 1
        error = self(bits) - targets
        return _PowerOfError.apply(error, weights, self.loss_power) / targets[0].numel()


def gate_networks(sections: Sequence[Network], seeds: Sequence[int]) -> GateNetwork:
    """Networks of equal shapes before training, as their sections say."""
    first = sections[0]
    return GateNetwork(
        n_inputs=first.bits,
        width=first.neurons,
        frozen=[p.frozen for p in sections],
        upweight=[p.upweight for p in sections],
        loss_power=first.loss_power,
        seeds=seeds,
    )


def mixing_matrix(seed: int, n_features: int, stream_width: int) -> np.ndarray:
    """M = 1 - W W^T of random unit vectors W in a stream of so many dimensions: symmetric."""
    rows = input_directions(seed, n_features, stream_width)
    return np.eye(n_features) - rows @ rows.T


class CompressedReLU(Ensemble):
    """A layer with fewer neurons than features, whose target is ReLU(x) + M x.

    The residual MLP of "compressed computation" (ApolloResearch/apd; Heimersheim et al. 2025) reads
    and writes a stream of more dimensions than features through fixed random embeddings W. What it
    is asked for is x + ReLU(x), and the stream itself says W W^T x; what is left to the layer is
    ReLU(x) + M x with M = 1 - W W^T. With at least as many dimensions as features the weights that
    it can have between features are arbitrary, so that they are the parameters here:
    y = decoder ReLU(encoder x), and the loss is the mean over samples and features of
    (ReLU(x) + M x - y)^2, divided by ``null``.

    Parameters ``encoder`` (cell, feature, hidden) and ``decoder`` (cell, hidden, feature), without
    biases. The batch is the features, (cell, sample, feature).

    Args:
        mixing: M of each cell, symmetric: (cell, feature, feature).
        null: what losses are divided by: (cell,).
        width: neurons.
        seeds: the init stream of each cell.
    """

    def __init__(
        self, *, mixing: np.ndarray, null: np.ndarray, width: int, seeds: Sequence[int]
    ) -> None:
        super().__init__()
        n = mixing.shape[1]
        self.encoder = nn.Parameter(uniform(seeds, (n, width), 0, n**-0.5))
        self.decoder = nn.Parameter(uniform(seeds, (width, n), 1, width**-0.5))
        self.mixing: Tensor
        self.null: Tensor
        self.register_buffer("mixing", torch.as_tensor(mixing, dtype=torch.float32))
        self.register_buffer("null", torch.as_tensor(null, dtype=torch.float32))

    def forward(self, features: Tensor) -> Tensor:
        """(cell, sample, feature) -> (cell, sample, feature)."""
        return torch.bmm(torch.bmm(features, self.encoder).relu(), self.decoder)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        (features,) = batch
        wanted = torch.baddbmm(features.relu(), features, self.mixing)
        return (self(features) - wanted).square().mean((1, 2)) / self.null
