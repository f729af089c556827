"""Sparse features of both signs (Elhage et al. 2022, "Computation in superposition")."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws
from tegum.synthetic.features import checked_probabilities, sparse_features

_UNIT = 2.0**31


class SignedStream(Stream):
    """Batches (features (cell, sample, feature),): 0 with probability 1 - p, else U[-1, 1].

    One signed integer is drawn per entry: its magnitude decides as in ``sparse_features``, its sign
    is the sign. Cells with an equal seed share their draws, whatever their probabilities.

    Arguments
    ---------
    seeds: the data stream of each cell.
    probabilities: p, (cell, feature).
    batch: samples in a batch.
    device: where the batches go; they are drawn on the CPU, so that devices see equal numbers.
    """

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        probabilities: np.ndarray,
        batch: int,
        device: str | torch.device = "cpu",
    ) -> None:
        probabilities = checked_probabilities(probabilities, len(seeds))
        self.n_cells, self.n_features = probabilities.shape
        self._batch, self._device = batch, device
        unique = list(dict.fromkeys(int(seed) for seed in seeds))
        self._draws = [Draws(seed) for seed in unique]
        self._stream_of_cell = torch.tensor([unique.index(int(seed)) for seed in seeds])
        self._inverse = torch.from_numpy(1.0 / (probabilities * _UNIT)).float()[:, None, :]

    def batch(self, step: int) -> tuple[Tensor, ...]:
        drawn = torch.empty((len(self._draws), self._batch, self.n_features))
        for row, draws in zip(drawn, self._draws, strict=True):
            row.view(-1).copy_(torch.from_numpy(draws.integers(row.numel(), FEATURES, step)))
        drawn = drawn.index_select(0, self._stream_of_cell)
        features = sparse_features(drawn.abs(), self._inverse).copysign_(drawn)
        return (features.to(self._device),)
