"""BatchTopK dictionaries (Bussmann, Leask and Nanda 2024, arXiv 2412.06410)."""

from collections.abc import Sequence
from typing import Unpack

import torch
from torch import Tensor

from tegum.dictionaries.auxk import AuxK
from tegum.dictionaries.base import Common, Dictionary, Forward, above, fires, kth_largest
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.dictionaries.topk import counts


class BatchTopK(Dictionary):
    """While training, f keeps the k B largest of ReLU(z) of a batch of B samples.

    Afterwards a latent fires where it exceeds ``threshold``, (cell,): the exponential moving
    average of the smallest activation kept, which begins with the first batch's. So the number
    that fires on fresh data differs from k. Directions have unit norm.

    Arguments: ``k``, one number or one per cell; ``threshold_rate`` of that average;
    ``auxiliary_weight``, ``dead_after`` and ``auxiliary_rectified`` as for ``TopK``.
    """

    encoder_norm = 0.3
    sparse = True

    def __init__(
        self,
        *,
        k: int | Sequence[int],
        threshold_rate: float = 0.01,
        auxiliary_weight: float = 0.0,
        dead_after: int = 10_000_000,
        auxiliary_rectified: bool = True,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(**common)
        cells, latents = self.encoder_bias.shape
        self.k: Tensor
        self.register_buffer("k", counts(k, cells, latents))
        self.threshold_rate = threshold_rate
        self.threshold: Tensor
        self.register_buffer("threshold", torch.zeros(cells))
        self.auxiliary = AuxK.of(self.decoder, auxiliary_weight, dead_after, auxiliary_rectified)

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        return pre_activations * above(pre_activations, self.threshold[:, None, None])

    def sparsify_batch(self, pre_activations: Tensor) -> Tensor:
        """The k B largest entries of each cell; those tied with the smallest are kept as well."""
        flat = pre_activations.detach().flatten(1)
        least = kth_largest(flat[:, None], self.k * pre_activations.shape[1]).relu_()
        positive = torch.where(flat > 0, flat, torch.inf).amin(1)
        self._remember(torch.where(least[:, 0, 0] > 0, least[:, 0, 0], positive))
        return pre_activations * fires(pre_activations, least)

    def penalty(self, at: Forward) -> Tensor | None:
        return None if self.auxiliary is None else self.auxiliary(at, self.decoder)

    def divide_offsets(self, by: Tensor) -> None:
        super().divide_offsets(by)
        self.threshold.div_(by)

    @torch.no_grad()
    def as_jumprelu(self) -> JumpReLU:
        """The same dictionaries with a fixed threshold per latent: their latents are equal."""
        cells, latents = self.encoder_bias.shape
        made = JumpReLU(
            n_inputs=self.decoder.shape[2],
            latents=latents,
            seeds=[0] * cells,
            scale=self.scale,
            penalty_strength=0.0,
        ).to(self.decoder.device)
        for name in ("encoder", "decoder", "encoder_bias", "decoder_bias"):
            getattr(made, name).copy_(getattr(self, name))
        made.log_threshold.copy_(self.threshold.log()[:, None].expand(cells, latents))
        return made

    @torch.no_grad()
    def _remember(self, least: Tensor) -> None:
        """Move the threshold to the smallest activation kept, (cell,), where it is finite."""
        later = torch.where(
            self.threshold > 0, self.threshold.lerp(least, self.threshold_rate), least
        )
        self.threshold.copy_(torch.where(least.isfinite(), later, self.threshold))
