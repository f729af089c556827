"""TopK dictionaries (Gao et al. 2024, arXiv 2406.04093)."""

from collections.abc import Sequence
from typing import Unpack

import torch
from torch import Tensor

from tegum.dictionaries.auxk import AuxK
from tegum.dictionaries.base import Common, Dictionary, Forward, fires, kth_largest
from tegum.errors import TegumError


class TopK(Dictionary):
    """f keeps the ``k`` largest of ReLU(z), with unit-norm directions.

    Fewer than k latents fire where fewer pre-activations are positive; more where some tie with the
    k-th.

    Arguments: ``k``, one number or one per cell; ``auxiliary_weight``, that of the loss on dead
    latents (``AuxK``; none if 0), who have been silent for ``dead_after`` samples, and
    ``auxiliary_rectified``, whether these have to fire in it; ``multi_weight``, that of the squared
    error with ``multi`` times as many latents (Multi-TopK, section 5.3; none if 0; the paper has
    1/8 and 4), so that a dictionary can be read at other k than its own. Gao et al. start at
    ``centre=geometric_median(activations)[source]`` (``tegum.dictionaries.fit``).
    """

    encoder_norm = 0.3
    sparse = True

    def __init__(
        self,
        *,
        k: int | Sequence[int],
        auxiliary_weight: float = 0.0,
        dead_after: int = 10_000_000,
        auxiliary_rectified: bool = True,
        multi_weight: float = 0.0,
        multi: int = 4,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        cells, latents = self.encoder_bias.shape
        self.k: Tensor
        self.register_buffer("k", counts(k, cells, latents))
        if multi_weight < 0 or multi < 2:
            raise TegumError(
                f"multi_weight is {multi_weight} and multi {multi}; give a weight of at least 0 "
                "and a factor of k of at least 2"
            )
        self.multi_weight, self.multi = multi_weight, multi
        self.auxiliary = AuxK.of(self.decoder, auxiliary_weight, dead_after, auxiliary_rectified)

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        return self._largest(pre_activations, self.k)

    def penalty(self, at: Forward) -> Tensor | None:
        dead = None if self.auxiliary is None else self.auxiliary(at, self.decoder)
        if not self.multi_weight:
            return dead
        more = (self.multi * self.k).clamp(max=self.latents)
        error = self.error(at.scaled, self._largest(at.pre_activations, more))[0]
        return self.multi_weight * error + (0.0 if dead is None else dead)

    def _largest(self, pre_activations: Tensor, k: Tensor) -> Tensor:
        return pre_activations * fires(pre_activations, kth_largest(pre_activations, k))


def counts(k: int | Sequence[int], cells: int, latents: int) -> Tensor:
    """k as one whole number per cell, (cell,) int64, between 1 and the number of latents."""
    vector = torch.as_tensor(k).expand(cells) if isinstance(k, int) else torch.as_tensor(k)
    if vector.shape != (cells,) or not bool(((vector >= 1) & (vector <= latents)).all()):
        raise TegumError(
            f"k is {k}; give a number between 1 and the {latents} latents, or one for each of the "
            f"{cells} cells."
        )
    return vector.long().clone()
