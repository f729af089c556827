"""Models that compute with ReLU neurons (Elhage et al. 2022, "Computation in superposition").

h = ReLU(W1 x), y = ReLU(W2 h + b), without a hidden bias; the target is |x|. Features of both signs
make it the absolute-value model; features that are never negative, with W2 = W1^T, the identity by
hidden neurons.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares
from tegum.synthetic.draws import INIT, Draws


class HiddenReLU(Ensemble):
    """An ensemble of such models, each with several restarts: other initial weights, same data.

    Parameters ``encoder`` W1 (cell, restart, hidden, feature), ``decoder`` W2 (cell, restart,
    feature, hidden; absent where ``tied``) and ``bias`` (cell, restart, feature). Weights start
    from a Gaussian, the bias from 0. Restarts are independent under
    element-wise optimisers such as Adam; rules that use the norm of a cell would couple them.

    Arguments
    ---------
    importance: weight of each feature's squared error, (cell, feature).
    initial_scale: standard deviation of that Gaussian, one number or one per cell.
    seeds: the init stream of each cell; a restart's weights do not depend on how many there are.
    restarts: models per cell.
    tied: whether W2 is the transpose of W1.
    """

    def __init__(
        self,
        *,
        width: int,
        importance: np.ndarray,
        initial_scale: float | Sequence[float],
        seeds: Sequence[int],
        restarts: int = 1,
        tied: bool = False,
    ) -> None:
        super().__init__()
        if restarts < 1:
            raise TegumError(f"restarts is {restarts}; give at least 1.")
        features = importance.shape[1]
        scale = per_cell(initial_scale, len(seeds), "initial_scale")[:, None, None, None]
        encoder = scale * _gaussian(seeds, (restarts, width, features), 0)
        self.encoder = nn.Parameter(encoder)
        if not tied:
            decoder = scale * _gaussian(seeds, (restarts, features, width), 1)
            self.decoder = nn.Parameter(decoder)
        self.tied = tied
        self.bias = nn.Parameter(torch.zeros(len(seeds), restarts, features))
        self.importance: Tensor
        self.register_buffer("importance", torch.as_tensor(importance, dtype=torch.float32))

    def forward(self, inputs: Tensor) -> Tensor:
        """y: (cell, sample, feature) -> (cell, restart, feature, sample)."""
        cells, restarts, width, features = self.encoder.shape
        hidden = torch.bmm(self.encoder.flatten(1, 2), inputs.transpose(1, 2)).relu_()
        decoder = self.encoder.transpose(2, 3) if self.tied else self.decoder
        outputs = torch.baddbmm(
            self.bias.reshape(-1, features, 1),
            decoder.flatten(0, 1),
            hidden.view(cells * restarts, width, -1),
        )
        return outputs.relu_().view(cells, restarts, features, -1)

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Squared error by importance, summed over features and restarts, mean over samples.

        The batch is the features, (cell, sample, feature).
        """
        residual = self._residual(batch)
        return sum_of_squares(residual, self.importance[:, None, :, None] / residual.shape[3])

    @torch.no_grad()
    def squared_error(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Squared error, mean over samples: (cell, restart, feature)."""
        return self._residual(batch).square().mean(3)

    def _residual(self, batch: tuple[Tensor, ...]) -> Tensor:
        (inputs,) = batch
        return self(inputs) - inputs.abs().transpose(1, 2).contiguous()[:, None]


def _gaussian(seeds: Sequence[int], shape: tuple[int, ...], number: int) -> Tensor:
    """Standard normal numbers (cell, *shape), of every cell from its own stream."""
    drawn = [Draws(seed).normal(shape, INIT, number) for seed in seeds]
    return torch.from_numpy(np.stack(drawn))
