"""TopK dictionaries (Gao et al. 2024, arXiv 2406.04093), without the auxiliary loss."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError


class TopK(Dictionary):
    """f keeps the ``k`` largest of ReLU(before), with unit-norm directions.

    ``penalty`` is where an auxiliary loss on dead latents (AuxK) would go.
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        latents: int,
        k: int,
        seeds: Sequence[int],
        scale: float | Sequence[float] | Tensor = 1.0,
        centre: Tensor | None = None,
    ) -> None:
        super().__init__(
            n_inputs=n_inputs, latents=latents, seeds=seeds, scale=scale, centre=centre
        )
        if not 1 <= k <= latents:
            raise TegumError(f"k is {k}; give a number between 1 and the {latents} latents.")
        self.k = k

    def sparsify(self, before: Tensor) -> Tensor:
        values, indices = before.topk(self.k, dim=-1, sorted=False)
        return torch.zeros_like(before).scatter(-1, indices, values.relu())

    def penalty(self, before: Tensor, latents: Tensor, residual: Tensor) -> Tensor | None:
        return None

    @torch.no_grad()
    def project(self) -> None:
        """Directions back to unit norm."""
        norm = torch.linalg.vector_norm(self.decoder, dim=2, keepdim=True)
        self.decoder.div_(norm.clamp_(min=1e-12))
