"""The world of the study: features, activations, and what reads them."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.studies.sae_errors.params import World
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, INIT, NOISE, Draws
from tegum.synthetic.overcomplete import spread_directions

Array = NDArray[np.floating]
CUT = 2.0
"""Standard deviations at which magnitudes are cut."""


def directions(section: World, seed: int) -> Array:
    """W: (feature, input), unit rows; `seed` is the stream `data` of the cell."""
    return spread_directions(seed, section.n_features, section.n_inputs, section.spreading_steps)


def features(section: World, seed: int, samples: int, step: int = 0) -> Array:
    """f: (sample, feature), 0 where a feature is not active."""
    draws, shape = Draws(seed), (samples, section.n_active)
    ranks = draws.uniform((samples, section.n_features), FEATURES, step)
    members = np.argpartition(ranks, section.n_active - 1, axis=1)[:, : section.n_active]
    spread = np.clip(draws.normal(shape, NOISE, step), -CUT, CUT)
    found = np.zeros(ranks.shape, np.float32)
    np.put_along_axis(found, members, 1 + section.magnitude_deviation * spread, axis=1)
    return found


class Activations(Stream):
    """Batches (x (cell, sample, input),) of worlds with equal sizes.

    Args:
        section: of the worlds.
        rows: W of each cell, (feature, input).
        seeds: the data stream of each cell.
        batch: samples in a batch.
        device: where batches are made.
    """

    def __init__(
        self, section: World, rows: Sequence[Array], seeds: Sequence[int], batch: int, device: str
    ) -> None:
        self.n_cells, self._section, self._batch = len(seeds), section, batch
        self._rows, self._seeds, self._device = list(rows), list(seeds), device

    def batch(self, step: int) -> tuple[Tensor, ...]:
        made: dict[int, Array] = {}
        for seed, rows in zip(self._seeds, self._rows, strict=True):
            if seed not in made:
                made[seed] = features(self._section, seed, self._batch, step) @ rows
        stacked = np.stack([made[seed] for seed in self._seeds])
        return (torch.from_numpy(stacked).to(self._device),)


class Downstream:
    """Logits V^T ReLU(W x - theta), V standard normal.

    Args:
        rows: W, (feature, input).
        threshold: theta.
        outputs: K.
        seed: of V, the stream `data` of the cell.
    """

    def __init__(self, rows: Array, threshold: float, outputs: int, seed: int) -> None:
        self._rows, self._threshold = rows, np.float32(threshold)
        self._readout = Draws(seed).normal((len(rows), outputs), INIT)

    def __call__(self, x: Array) -> Array:
        """(..., input) -> (..., output)."""
        read = np.asarray(x, np.float32) @ self._rows.T
        read -= self._threshold
        return np.maximum(read, 0, out=read) @ self._readout
