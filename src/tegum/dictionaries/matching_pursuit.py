"""Dictionaries that encode by matching pursuit (MP-SAE; Costa et al. 2025, arXiv 2506.03093)."""

from collections.abc import Sequence
from typing import Unpack

import torch
from torch import Tensor

from tegum.dictionaries.base import Common, Dictionary, Forward, above
from tegum.dictionaries.topk import counts
from tegum.errors import TegumError

EXHAUSTED = 1e-5
"""Share of a sample's first step up to which a step is what rounding to float32 left, and is 0."""


class MatchingPursuit(Dictionary):
    """f by ``k`` greedy steps with the directions themselves: there is no encoder.

    A step takes the latent whose direction has the largest correlation with what is left of
    s x - b_d, adds this to its f, and takes its part away. Where no correlation is positive,
    nothing is added. A latent may be taken again, so that at most k latents fire. Gradients go
    through all steps. Directions start with norm 1 and, as in SAELens, are free from then on: a
    step then takes away more or less than the projection.

    Arguments: ``k``, one number or one per cell; ``stop_at_repeat``, whether a sample is done once
    a step took a latent again, as in SAELens.
    """

    decoder_norm = 1.0
    sparse = True
    tied = True

    def __init__(
        self, *, k: int | Sequence[int], stop_at_repeat: bool = True, **common: Unpack[Common]
    ) -> None:
        super().__init__(**common)
        if self.encoder_norm != 1.0:
            raise TegumError(
                f"encoder_norm is {self.encoder_norm}; leave it out: matching pursuit has no "
                "encoder"
            )
        self.k: Tensor
        self.register_buffer("k", counts(k, *self.decoder.shape[:2]))
        self.stop_at_repeat = stop_at_repeat

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        """Correlations of inputs with directions to latents, both (cell, sample, latent).

        What a step leaves is known from the steps before: correlations minus those of their sum.
        """
        cells, samples, _ = pre_activations.shape
        taken = pre_activations.new_zeros(cells, samples, self.decoder.shape[2])
        left, least = pre_activations.detach(), pre_activations.new_zeros(cells, samples, 1)
        going, chosen, steps = torch.ones_like(least), [], []
        for step in range(int(self.k.max())):
            if step:
                left = self._left(pre_activations, taken)
            place = left.argmax(2, keepdim=True)
            row = self.decoder.gather(1, place.expand_as(taken))
            size = pre_activations.gather(2, place) - (taken * row).sum(2, keepdim=True)
            size = size * above(size, least) * (step < self.k)[:, None, None] * going
            least = least if step else EXHAUSTED * size.detach()
            if self.stop_at_repeat and step:
                going = going * (torch.cat(chosen, 2) != place).all(2, keepdim=True)
            taken = taken + size * row
            chosen.append(place)
            steps.append(size)
        latents = torch.zeros_like(pre_activations)
        return latents.scatter_add(2, torch.cat(chosen, 2), torch.cat(steps, 2))

    def penalty(self, at: Forward) -> Tensor | None:
        return None

    @torch.no_grad()
    def _left(self, pre_activations: Tensor, taken: Tensor) -> Tensor:
        """Correlations of directions with what is left after (cell, sample, input) was taken."""
        return torch.baddbmm(pre_activations, taken, self.decoder.transpose(1, 2), alpha=-1)
