"""The auxiliary loss on dead latents (AuxK; Gao et al. 2024, arXiv 2406.04093, section A.2)."""

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, count_silence, kth_largest
from tegum.models import products
from tegum.models.ensemble import sum_of_squares

WEIGHT = 1 / 32


class AuxK(nn.Module):
    """Dead latents explain the residual: weight |e - e'|^2 / |e - mean e|^2 per cell.

    e is what the dictionary leaves unexplained (no gradient), e' its reconstruction, without bias,
    by the d/2 dead latents of largest pre-activation. Dead is who has been silent for
    ``dead_after`` samples; the count is the buffer ``silent`` (cell, latent).

    The pre-activations are rectified, as in the paper and in dictionary_learning, so that only a
    dead latent that would fire lowers this loss. Not rectified, as in SAELens, dead latents lower
    it by negative codes as well, and need never fire.
    """

    def __init__(self, decoder: Tensor, weight: float, dead_after: int, rectified: bool) -> None:
        super().__init__()
        cells, latents, n_inputs = decoder.shape
        self.weight, self.dead_after, self.rectified = weight, dead_after, rectified
        self.k = max(1, min(latents, n_inputs // 2))
        self.silent: Tensor
        self.register_buffer("silent", torch.zeros(cells, latents, dtype=torch.int64))

    @classmethod
    def of(
        cls, decoder: Tensor, weight: float, dead_after: int, rectified: bool = True
    ) -> "AuxK | None":
        """The loss for a decoder (cell, latent, input), or None where its weight is 0."""
        return cls(decoder, weight, dead_after, rectified) if weight else None

    def forward(self, at: Forward, decoder: Tensor) -> Tensor | None:
        """The loss, (cell,), which is 0 for a cell without dead latents; None if no cell has any.

        Also counts the silence of this batch.
        """
        count_silence(self.silent, at.latents)
        dead = self.silent >= self.dead_after
        if not dead.any():
            return None
        dead_only = at.pre_activations.detach().masked_fill(~dead[:, None, :], -torch.inf)
        least = kth_largest(dead_only, torch.full((len(dead),), self.k, device=dead.device))
        bounds = torch.finfo(least.dtype)
        least.clamp_(min=bounds.tiny if self.rectified else bounds.min)
        codes = at.pre_activations * dead_only.ge_(least)
        residual = at.residual.detach()
        error = sum_of_squares(products.decoded(residual, codes, decoder, sparse=True))
        variance = (residual - residual.mean(1, keepdim=True)).square().sum((1, 2))
        return torch.where(dead.any(1), self.weight * error / variance.clamp(min=1e-12), 0.0)
