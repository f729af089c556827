"""Matryoshka dictionaries (Bussmann, Nabeshima, Karvonen and Nanda 2025, arXiv 2503.17547)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from tegum.dictionaries.batchtopk import BatchTopK
from tegum.errors import TegumError
from tegum.models import products
from tegum.models.ensemble import sum_of_squares


class Matryoshka(BatchTopK):
    """A BatchTopK dictionary each of whose prefixes reconstructs the input as well.

    Arguments: ``prefixes`` n_1 < ... < n_K, the last of them all latents; ``weights`` of their
    squared errors, 1 / K each by default (SAELens has 1 each; dictionary_learning averages once
    more).
    """

    def __init__(
        self,
        *,
        prefixes: Sequence[int],
        weights: Sequence[float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.prefixes = tuple(prefixes)
        self.weights = (1 / len(prefixes),) * len(prefixes) if weights is None else tuple(weights)
        bounds = (0, *self.prefixes)
        if sorted(set(bounds)) != list(bounds) or bounds[-1] != self.latents:
            raise TegumError(
                f"prefixes are {list(prefixes)}; give rising numbers of latents, the last of them "
                f"all {self.latents}."
            )
        if len(self.weights) != len(self.prefixes):
            raise TegumError(
                f"{len(self.weights)} weights for {len(self.prefixes)} prefixes; give one each."
            )

    def error(self, scaled: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted sum of the prefixes' squared errors, (cell,); the residual of all latents."""
        residual = self.decoder_bias[:, None, :] - scaled
        total = torch.zeros(len(scaled), device=scaled.device)
        start = 0
        for stop, weight in zip(self.prefixes, self.weights, strict=True):
            part = slice(start, stop)
            residual = products.decoded(
                residual, latents[:, :, part], self.decoder[:, part], sparse=self.sparse
            )
            total = total + weight * sum_of_squares(residual) / scaled.shape[1]
            start = stop
        return total, residual
