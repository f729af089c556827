"""Sparse features, independent or in correlated and anticorrelated sets (Elhage et al. 2022).

Consecutive features form a set. *Correlated*: one Bernoulli draw turns a set's features on
together, their values being independent. *Anticorrelated*: with the set's probability exactly one
member, chosen uniformly, is on; each member's own probability is then that over the set's size.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.synthetic.batches import Stream
from tegum.synthetic.tasks import SuperpositionStream

Correlation = Literal["independent", "correlated", "anticorrelated"]


class FeatureStream(Stream):
    """Batches (features (cell, sample, feature),); values are uniform on (0, 1] where active.

    Cells with an equal seed share their uniform draws, whatever their probabilities.

    Arguments
    ---------
    seeds: the data stream of each cell.
    probabilities: (cell, feature); with sets, of the set that the feature belongs to.
    batch: samples in a batch.
    correlation, set_size: how consecutive features depend on each other.
    device: where batches are made.
    """

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        probabilities: np.ndarray,
        batch: int,
        correlation: Correlation = "independent",
        set_size: int = 1,
        device: str | torch.device = "cpu",
    ) -> None:
        self.n_cells, self.correlation, self._set_size = len(seeds), correlation, set_size
        self.n_features = probabilities.shape[1]
        if self.n_features % set_size:
            raise TegumError(
                f"{self.n_features} features cannot form sets of {set_size}; give a set_size that "
                "divides n_features."
            )
        if correlation != "independent":
            # Dense features give the values, one sparse feature per set says when it is on.
            gates = probabilities[:, ::set_size]
            probabilities = np.concatenate([np.ones_like(probabilities), gates], axis=1)
        # Only its features are used; the embedding into one dimension costs nothing.
        self._source = SuperpositionStream(
            task="decoder",
            seeds=seeds,
            n_inputs=1,
            probabilities=probabilities,
            batch=batch,
            device=device,
        )

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The features of a step."""
        drawn = self._source.latent(step)
        if self.correlation == "independent":
            return (drawn,)
        values, gates = drawn[..., : self.n_features], drawn[..., self.n_features :]
        gates = gates.repeat_interleave(self._set_size, dim=-1)
        if self.correlation == "correlated":
            return (values * (gates > 0),)
        # An active gate is uniform on (0, 1]: it also says which member is on.
        member = torch.arange(self.n_features, device=values.device) % self._set_size
        chosen = (gates * self._set_size).ceil_() - 1 == member
        return (values * chosen,)
