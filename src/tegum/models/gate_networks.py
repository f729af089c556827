"""Trained networks that compute with sparse features: all pairwise gates, and all ReLUs at once."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell
from tegum.models.feature_networks import normal_parameter
from tegum.models.init import uniform


class GateNetwork(Ensemble):
    """A ReLU layer and an affine readoff of the AND, or the XOR, of every pair of inputs.

    The loss is the mean over samples and pairs of w |y - target|^P, w being a weight where the
    target is 1 and 1 elsewhere.

    Parameters ``encoder`` (cell, input, hidden), normal with variance 1 / inputs; ``bias`` (cell,
    1, hidden), 0; ``decoder`` (cell, hidden, pair), PyTorch's default law; ``offset`` (cell, 1,
    pair), 0. The batch is the bits, (cell, sample, input).

    Args:
        gates: ``and`` or ``xor`` of each cell.
        frozen: whether a cell's first layer stays as it is drawn.
        upweight: weight of the ones of each cell.
        loss_power: P.
        seeds: the init stream of each cell.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        width: int,
        gates: Sequence[str],
        frozen: Sequence[bool],
        upweight: Sequence[float],
        loss_power: int,
        seeds: Sequence[int],
    ) -> None:
        super().__init__()
        self.loss_power = loss_power
        self.first, self.second = (torch.from_numpy(i) for i in np.triu_indices(n_inputs, 1))
        n_pairs, cells = len(self.first), len(seeds)
        self.encoder = normal_parameter((n_inputs, width), list(seeds), 0, n_inputs**-0.5)
        self.bias = nn.Parameter(torch.zeros(cells, 1, width))
        self.decoder = nn.Parameter(uniform(seeds, (width, n_pairs), 1, width**-0.5))
        self.offset = nn.Parameter(torch.zeros(cells, 1, n_pairs))
        self.doubled: Tensor
        self.trains: Tensor
        self.upweight: Tensor
        # x AND y = xy and x XOR y = x + y - 2 xy: the share of x + y that a cell's gate has.
        xor = [float(gate == "xor") for gate in gates]
        self.register_buffer("doubled", per_cell(xor, cells, "gates")[:, None, None])
        trains = [float(not f) for f in frozen]
        self.register_buffer("trains", per_cell(trains, cells, "frozen")[:, None, None])
        weights = per_cell(upweight, cells, "upweight")
        self.register_buffer("upweight", weights[:, None, None])

    def targets(self, bits: Tensor) -> Tensor:
        """What each cell's gate says of all pairs: (cell, sample, input) -> (cell, sample, "
        "pair)."""
        first, second = bits[..., self.first], bits[..., self.second]
        return self.doubled * (first + second) + (1 - 3 * self.doubled) * first * second

    def hidden(self, bits: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, hidden)."""
        encoder = self._held(self.encoder)
        return torch.baddbmm(self._held(self.bias), bits, encoder).relu()

    def forward(self, bits: Tensor) -> Tensor:
        """(cell, sample, input) -> (cell, sample, pair)."""
        return torch.baddbmm(self.offset, self.hidden(bits), self.decoder)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        (bits,) = batch
        targets = self.targets(bits)
        power = _power(self(bits) - targets, self.loss_power)
        return (power * (1 + (self.upweight - 1) * targets)).mean((1, 2))

    def _held(self, weights: Tensor) -> Tensor:
        """Weights through which no gradient goes where a cell is frozen."""
        still = weights.detach()
        return still + self.trains * (weights - still)


def _power(error: Tensor, power: int) -> Tensor:
    """|error|^power."""
    square = error.square()
    if power == 2:
        return square
    if power % 2 == 0:
        return square.pow(power // 2)
    return error.abs() * square.pow(power // 2)


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
