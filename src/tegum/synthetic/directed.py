"""Batches of features with a random direction for each sample."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import NOISE, Draws


class Directed(Stream):
    """Batches (features, directions), both (cell, sample, feature); a direction has unit length.

    Directions are uniform on the sphere. Cells with an equal seed share them.

    Arguments
    ---------
    features: the stream whose batches have the features as their only part.
    seeds: of the directions, one per cell.
    """

    def __init__(self, features: Stream, seeds: Sequence[int]) -> None:
        self.n_cells, self._features, self._seeds = features.n_cells, features, list(seeds)
        self._draws = {seed: Draws(seed) for seed in self._seeds}

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The features and directions of a step."""
        (features,) = self._features.batch(step)
        shape = features.shape[1:]
        drawn = {
            seed: torch.from_numpy(draws.normal(shape, NOISE, step))
            for seed, draws in self._draws.items()
        }
        unit = {
            seed: vectors / vectors.norm(dim=1, keepdim=True) for seed, vectors in drawn.items()
        }
        return features, torch.stack([unit[seed] for seed in self._seeds]).to(features.device)
