"""Independent sparse features, signed or not, and the moments of what is made of them.

A feature is x = Bernoulli(p) times U(0, 1], or times U[-1, 1] where it is signed.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws


class SparseFeatures(Stream):
    """Batches (features (cell, sample, feature),).

    One uniform draw v in [-1, 1) per entry: |v| < p decides about activity, 1 - |v| / p is then
    uniform, and the sign is independent of both. Cells of equal seed share their draws.

    Args:
        seeds: one per cell.
        probabilities: that a feature is active, one per cell.
        n_features: in a sample.
        batch: samples in a batch.
        signed: whether amplitudes have both signs.
        device: where batches are made.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        probabilities: Sequence[float],
        n_features: int,
        batch: int,
        signed: bool,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._seeds, self._probabilities = list(seeds), list(probabilities)
        self._shape, self._signed, self._device = (batch, n_features), signed, device
        self._draws = {seed: Draws(seed) for seed in self._seeds}
        self._inverse = torch.tensor(probabilities, device=device).reciprocal()[:, None, None]

    def batch(self, step: int) -> tuple[Tensor, ...]:
        count = self._shape[0] * self._shape[1]
        drawn = {
            seed: torch.from_numpy(draws.integers(count, FEATURES, step).astype(np.float32))
            for seed, draws in self._draws.items()
        }
        uniform = torch.stack([drawn[seed] for seed in self._seeds]).mul_(2.0**-31)
        uniform = uniform.view(self.n_cells, *self._shape).to(self._device)
        amplitude = (1.0 - uniform.abs() * self._inverse).clamp_(min=0.0)
        return (amplitude * uniform.sign() if self._signed else amplitude,)

    def select(self, cell: int) -> Stream:
        seed, probability = self._seeds[cell], self._probabilities[cell]
        batch, n_features = self._shape
        return SparseFeatures([seed], [probability], n_features, batch, self._signed, self._device)


def target_variance(values: NDArray[np.float64], probability: float, signed: bool) -> float:
    """Loss of the best constant, of features of the values v (feature,).

    Sums over features of v^2 Var(x^2), where the target is sum_i v_i x_i^2 of signed features; of
    v Var(x), where it is x and errors are weighted by v.
    """
    p = probability
    if signed:
        return float((values**2).sum() * (p / 5.0 - p**2 / 9.0))
    return float(values.sum() * (p / 3.0 - p**2 / 4.0))


def signed_kurtosis(probability: float) -> float:
    """E[x^4] / E[x^2]^2 of a signed feature; 1.8 is that of U[-1, 1]."""
    return 1.8 / probability
