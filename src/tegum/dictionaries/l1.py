"""L1 dictionaries in the form of April 2024 (Conerly et al., Transformer Circuits update)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.models.ensemble import per_cell


class L1(Dictionary):
    """f = ReLU(before); the penalty weighs each latent by the norm of its free direction.

    Arguments: ``penalty_strength`` lambda, one number or one per cell, for inputs scaled to
    E|x| = sqrt(n_inputs) (``fit.scalar_scale``); ``warm_up``, steps of its linear rise.
    """

    initial_norm = 0.1

    def __init__(
        self,
        *,
        n_inputs: int,
        latents: int,
        penalty_strength: float | Sequence[float],
        seeds: Sequence[int],
        scale: float | Sequence[float] | Tensor = 1.0,
        centre: Tensor | None = None,
        warm_up: int = 0,
    ) -> None:
        super().__init__(
            n_inputs=n_inputs, latents=latents, seeds=seeds, scale=scale, centre=centre
        )
        self.penalty_strength: Tensor
        self.register_buffer(
            "penalty_strength", per_cell(penalty_strength, len(seeds), "penalty_strength")
        )
        self.warm_up = warm_up
        self._rise = 1.0

    def begin(self, step: int) -> None:
        self._rise = min(1.0, (step + 1) / (self.warm_up + 1))

    def sparsify(self, before: Tensor) -> Tensor:
        return before.relu()

    def penalty(self, before: Tensor, latents: Tensor, residual: Tensor) -> Tensor:
        """lambda times the mean over samples of sum_i f_i |W_d,i|: (cell,)."""
        size = (latents.mean(1) * torch.linalg.vector_norm(self.decoder, dim=2)).sum(1)
        return self.penalty_strength * self._rise * size
