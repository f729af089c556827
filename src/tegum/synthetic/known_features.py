"""Sparse features with known directions: independent, correlated, hierarchical, in subspaces.

The generator of SynthSAEBench, in small: firing by a Gaussian copula of low rank, Zipf
probabilities, trees whose children exclude each other; and a direct sum of subspaces, in which a
gate opens all features of a subspace at once. A world is arrays; what it yields is a pure function
of (world, seed, step).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, NOISE, Draws

ROOT = -1
LEAST_MAGNITUDE = 0.05
FACTORS, CHOICES, GATES = range(11, 14)
"""Tags of the draws beside FEATURES (who fires) and NOISE (magnitudes)."""

DRAWN_TOGETHER = 1 << 20
"""Entries (samples times features) that are drawn at once, at least one batch."""
KEPT = 256
"""Draws that are kept for the next ensemble that sees the same worlds."""

Magnitudes = Literal["normal", "uniform"]


@dataclass(frozen=True, eq=False)
class World:
    """The truth about x = sum_i f_i D_i."""

    directions: np.ndarray
    """D: (feature, input) float32; unit rows where nothing else is said."""
    probability: np.ndarray
    """Of firing, given the parent and the gate: (feature,) float64."""
    parent: np.ndarray
    """Index of each feature's parent, a smaller one, or -1: (feature,) int64. A feature with a
    parent fires only where that fires, never together with a sibling, and scaled by it."""
    loading: np.ndarray
    """(feature, factor): copula loadings of features without parent, rows shorter than 1."""
    gate: np.ndarray
    """Index of each feature's gate, or -1: (feature,) int64."""
    gate_probability: float = 1.0
    magnitudes: Magnitudes = "normal"
    """max(0.05, 1 + deviation N(0, 1)), or U(0, 1]."""
    deviation: float = 0.25

    def marginal(self) -> np.ndarray:
        """The probability that each feature fires: (feature,) float64."""
        found = self.probability * np.where(self.gate >= 0, self.gate_probability, 1.0)
        for feature in np.nonzero(self.parent >= 0)[0]:  # parents come first
            found[feature] *= found[self.parent[feature]]
        return found

    def features(self, seed: int, samples: int, step: int = 0) -> np.ndarray:
        """f: (sample, feature) float32, 0 where a feature does not fire."""
        draws = Draws(seed)
        fires = self._roots(draws, samples, step)
        if (self.gate >= 0).any():
            gates = int(self.gate.max()) + 1
            opened = draws.uniform((samples, gates), GATES, step) < self.gate_probability
            fires &= opened[:, self.gate] | (self.gate < 0)
        if self._generations:
            parents, low, high = self._intervals
            chosen = draws.uniform((samples, len(parents)), CHOICES, step)
            for born in self._generations:
                up = self.parent[born]
                drawn = chosen[:, np.searchsorted(parents, up)]
                fires[:, born] = fires[:, up] & (drawn >= low[born]) & (drawn < high[born])
        values = np.zeros(fires.shape, np.float32)
        values[fires] = self._sizes(draws, int(fires.sum()), step)
        for born in self._generations:
            values[:, born] *= values[:, self.parent[born]]
        return values

    def activations(self, features: np.ndarray) -> Tensor:
        """x: (sample, feature) to (sample, input)."""
        return torch.from_numpy(features) @ torch.from_numpy(self.directions)

    def _roots(self, draws: Draws, samples: int, step: int) -> np.ndarray:
        shape = samples, len(self.probability)
        if not self.loading.any():
            return draws.uniform(shape, FEATURES, step) < self.probability.astype(np.float32)
        from scipy.special import ndtri

        own = np.sqrt(1 - (self.loading**2).sum(1)).astype(np.float32)
        common = draws.normal((samples, self.loading.shape[1]), FACTORS, step)
        field = own * draws.normal(shape, FEATURES, step)
        for factor, loading in zip(common.T, self.loading.T.astype(np.float32), strict=True):
            field += factor[:, None] * loading
        return field < ndtri(self.probability).astype(np.float32)

    @cached_property
    def _generations(self) -> list[np.ndarray]:
        """The children of roots, then their children, and so on."""
        depth = np.zeros(len(self.parent), int)
        for feature in np.nonzero(self.parent >= 0)[0]:  # parents come first
            depth[feature] = depth[self.parent[feature]] + 1
        return [np.nonzero(depth == level)[0] for level in range(1, int(depth.max()) + 1)]

    @cached_property
    def _intervals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Who has children; and where its uniform draw has to fall for each child to fire.

        Siblings' parts of [0, 1) lie beside each other, so that at most one is chosen.
        """
        filled = np.zeros(len(self.parent))
        low = np.zeros(len(self.parent))
        for feature in np.nonzero(self.parent >= 0)[0]:
            low[feature] = filled[self.parent[feature]]
            filled[self.parent[feature]] += self.probability[feature]
        return np.unique(self.parent[self.parent >= 0]), low, low + self.probability

    def _sizes(self, draws: Draws, count: int, step: int) -> np.ndarray:
        if self.magnitudes == "uniform":
            return 1 - draws.uniform((count,), NOISE, step)
        return np.maximum(LEAST_MAGNITUDE, 1 + self.deviation * draws.normal((count,), NOISE, step))


class KnownFeatures(Stream):
    """Batches (activations (cell, sample, input),) of worlds of equal shapes.

    Cells with the same world object and seed see the same batches, which are drawn once. Samples of
    several steps are drawn together, where they are small: one draw costs as much as hundreds.

    Arguments: ``worlds`` and ``seeds``, one per cell; ``batch``, samples in a batch; ``device``,
    where batches are put.
    """

    def __init__(
        self,
        worlds: Sequence[World],
        seeds: Sequence[int],
        batch: int,
        device: str | torch.device = "cpu",
    ) -> None:
        self.n_cells = len(worlds)
        self._worlds, self._seeds = list(worlds), list(seeds)
        self._batch, self._device = batch, device
        entries = batch * len(worlds[0].probability)
        self._together = max(1, DRAWN_TOGETHER // entries)
        self._drawn: tuple[int, dict[tuple[int, int], Tensor]] = -1, {}

    def batch(self, step: int) -> tuple[Tensor, ...]:
        block, place = divmod(step, self._together)
        if self._drawn[0] != block:
            self._drawn = block, self._draw(block)
        rows = slice(place * self._batch, (place + 1) * self._batch)
        cells = zip(self._worlds, self._seeds, strict=True)
        return (torch.stack([self._drawn[1][id(world), seed][rows] for world, seed in cells]),)

    def select(self, cell: int) -> "KnownFeatures":
        return KnownFeatures([self._worlds[cell]], [self._seeds[cell]], self._batch, self._device)

    def _draw(self, block: int) -> dict[tuple[int, int], Tensor]:
        """Activations of the steps of one block, by world and seed."""
        made: dict[tuple[int, int], Tensor] = {}
        for world, seed in zip(self._worlds, self._seeds, strict=True):
            if (id(world), seed) not in made:
                drawn = _drawn(world, seed, self._batch * self._together, block)
                made[id(world), seed] = drawn.to(self._device)
        return made


@lru_cache(maxsize=KEPT)
def _drawn(world: World, seed: int, samples: int, step: int) -> Tensor:
    return world.activations(world.features(seed, samples, step))
