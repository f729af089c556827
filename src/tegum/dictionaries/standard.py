"""L1 dictionaries in the form of 2023 (Bricken et al., Towards Monosemanticity)."""

from typing import Any

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, Penalised, count_silence
from tegum.models.ensemble import sum_of_squares

ENCODER_SHARE = 0.2
"""Norm of a resampled encoder row, in units of the mean norm of the rows that fire."""


class Standard(Penalised):
    """f = ReLU(z), unit-norm directions, a penalty on the sum of the latents.

    Directions move on the sphere: the loss normalises them, so that its gradient has no component
    along them. Latents that are silent for ``dead_after`` samples can be sampled anew
    (``resample``; ``train_dictionary`` does so at the steps that it is given).
    """

    encoder_norm = 0.1

    def __init__(self, *, dead_after: int = 1_000_000, **options: Any) -> None:
        super().__init__(**options)
        self.dead_after = dead_after
        self.silent: Tensor
        self.register_buffer("silent", torch.zeros(self.encoder_bias.shape, dtype=torch.int64))

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        return pre_activations.relu()

    def error(self, scaled: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        unit = nn.functional.normalize(self.decoder, dim=2)
        residual = torch.baddbmm(self.decoder_bias[:, None, :] - scaled, latents, unit)
        return sum_of_squares(residual) / scaled.shape[1], residual

    def penalty(self, at: Forward) -> Tensor:
        """lambda times the mean over samples of sum_i f_i: (cell,)."""
        count_silence(self.silent, at.latents)
        return self.strength() * at.latents.mean(1).sum(1)

    @torch.no_grad()
    def resample(self, x: Tensor, uniform: Tensor) -> Tensor:
        """Set latents that were silent too long to inputs that are badly reconstructed, in place.

        Inputs are drawn in proportion to their squared loss; the direction becomes x / |x|, the
        encoder's row the same at 0.2 of the mean norm of the rows that fire, its bias 0.

        Arguments: ``x`` (cell, sample, input), candidates; ``uniform`` (cell, latent) in [0, 1).
        Returns which latents were set, (cell, latent) bool.
        """
        scaled = x * self.scale[:, None, None]
        size = torch.linalg.vector_norm(scaled, dim=2)
        loss = ((self.decode(self.encode(x)) - x) * self.scale[:, None, None]).square().sum(2)
        below = (loss.square() * (size > 0)).double().cumsum(1)
        chosen = torch.searchsorted(below, uniform * below[:, -1:], right=True)
        chosen = chosen.clamp_(max=x.shape[1] - 1)
        picked = scaled.gather(1, chosen[:, :, None].expand(-1, -1, x.shape[2]))
        rows = nn.functional.normalize(picked, dim=2)
        dead = (self.silent >= self.dead_after) & (size.gather(1, chosen) > 0)
        norms = torch.linalg.vector_norm(self.encoder, dim=2)
        alive = (norms * ~dead).sum(1) / (~dead).sum(1).clamp_(min=1)
        short = rows * (ENCODER_SHARE * alive)[:, None, None]
        self.decoder.copy_(torch.where(dead[:, :, None], rows, self.decoder))
        self.encoder.copy_(torch.where(dead[:, :, None], short, self.encoder))
        self.encoder_bias.masked_fill_(dead, 0.0)
        self.silent.masked_fill_(dead, 0)
        return dead
