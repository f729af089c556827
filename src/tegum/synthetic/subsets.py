"""Features of which exactly k are active at a time, where that helps all subsets at once."""

from collections.abc import Sequence
from math import comb

import numpy as np
import torch
from numpy.typing import NDArray

from tegum.errors import TegumError
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, NOISE, Draws
from tegum.synthetic.indicators import all_subsets


class SubsetStream(Stream):
    """Batches (features (cell, sample, feature),) with exactly ``n_active`` non-zero features.

    The non-zero ones are 1, or with ``magnitudes`` uniform on (0, 1]. Without magnitudes, where all
    subsets fit into a batch, every batch holds each of them once, so that a mean over the batch is
    exact; else subsets are drawn uniformly. Cells with an equal seed share their batches.

    Arguments: ``seeds``, the data stream of each cell; ``batch``, samples in a batch, at most;
    ``device``, where batches are made.
    """

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        n_features: int,
        n_active: int,
        batch: int,
        magnitudes: bool = False,
        device: str | torch.device = "cpu",
    ) -> None:
        if not 1 <= n_active <= n_features:
            raise TegumError(f"n_active is {n_active}; give 1 to the {n_features} features.")
        self.n_cells = len(seeds)
        self._sizes = batch, n_features
        self._n_active, self._magnitudes, self._device = n_active, magnitudes, device
        self._place = {seed: i for i, seed in enumerate(dict.fromkeys(seeds))}
        self._source = [self._place[seed] for seed in seeds]
        self._draws = [Draws(seed) for seed in self._place]
        self._all = None
        if not magnitudes and comb(n_features, n_active) <= batch:
            subsets = torch.from_numpy(all_subsets(n_features, n_active)).to(device)
            self._all = subsets.repeat(self.n_cells, 1, 1)

    def batch(self, step: int) -> tuple[torch.Tensor, ...]:
        """All subsets, or those of a step."""
        if self._all is not None:
            return (self._all,)
        drawn = np.stack([self._drawn(draws, step) for draws in self._draws])
        return (torch.from_numpy(drawn).to(self._device)[self._source],)

    def _drawn(self, draws: Draws, step: int) -> NDArray[np.float32]:
        ranks = draws.uniform(self._sizes, FEATURES, step)
        members = np.argpartition(ranks, self._n_active - 1, axis=1)[:, : self._n_active]
        values = np.ones(members.shape, np.float32)
        if self._magnitudes:
            values -= draws.uniform(members.shape, NOISE, step)
        found = np.zeros(self._sizes, np.float32)
        np.put_along_axis(found, members, values, axis=1)
        return found
