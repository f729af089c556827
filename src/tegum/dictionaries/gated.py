"""Gated dictionaries (Rajamanoharan et al. 2024, arXiv 2404.16014)."""

from typing import Any

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, Penalised, above
from tegum.models.ensemble import sum_of_squares


class Gated(Penalised):
    """f = 1[z > 0] ReLU(e^r (z - b_e) + b_mag), with unit-norm directions.

    ``z`` is the gate's pre-activation and ``encoder_bias`` its bias; the magnitudes share its
    weights up to a factor e^r per latent (``log_gain``) and have a bias of their own.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.log_gain = nn.Parameter(torch.zeros_like(self.encoder_bias))
        self.magnitude_bias = nn.Parameter(torch.zeros_like(self.encoder_bias))

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        projected = pre_activations - self.encoder_bias[:, None, :]
        gain = self.log_gain.exp()[:, None, :]
        magnitude = torch.addcmul(self.magnitude_bias[:, None, :], projected, gain).relu()
        return magnitude * above(pre_activations, 0.0)

    def penalty(self, at: Forward) -> Tensor:
        """lambda sum ReLU(z), and the error of the gate's own reconstruction, decoder fixed.

        Without the latter nothing would hold the gate to the data; were the decoder not detached
        in it, shrunken gate values would pull the directions.
        """
        gate = at.pre_activations.relu()
        bias = self.decoder_bias.detach()[:, None, :]
        residual = torch.baddbmm(bias - at.scaled, gate, self.decoder.detach())
        auxiliary = sum_of_squares(residual) / at.scaled.shape[1]
        return self.strength() * gate.mean(1).sum(1) + auxiliary

    def divide_offsets(self, by: Tensor) -> None:
        super().divide_offsets(by)
        self.magnitude_bias.div_(by[:, None])
