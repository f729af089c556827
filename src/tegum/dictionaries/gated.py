"""Gated dictionaries (Rajamanoharan et al. 2024, arXiv 2404.16014)."""

from typing import Any

import torch
from torch import Tensor, nn

from tegum.dictionaries.base import Forward, Penalised, above
from tegum.models.ensemble import sum_of_squares


class Gated(Penalised):
    """f = 1[z > 0] ReLU(e^r (z - b_e) + b_mag).

    ``z`` is the gate's pre-activation and ``encoder_bias`` its bias; the magnitudes share its
    weights up to a factor e^r per latent (``log_gain``) and have a bias of their own.

    Arguments: ``gate_moves_decoder``, whether the error of the gate's own reconstruction moves the
    decoder too, as in SAELens; in the paper and in dictionary_learning it does not.
    """

    encoder_norm = 0.1
    decoder_norm = 0.1

    def __init__(self, *, gate_moves_decoder: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.gate_moves_decoder = gate_moves_decoder
        self.log_gain = nn.Parameter(torch.zeros_like(self.encoder_bias))
        self.magnitude_bias = nn.Parameter(torch.zeros_like(self.encoder_bias))

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        projected = pre_activations - self.encoder_bias[:, None, :]
        gain = self.log_gain.exp()[:, None, :]
        magnitude = torch.addcmul(self.magnitude_bias[:, None, :], projected, gain).relu()
        return magnitude * above(pre_activations, 0.0)

    def penalty(self, at: Forward) -> Tensor:
        """lambda sum_i ReLU(z_i) |W_d,i|, and the error of the gate's own reconstruction.

        Without the latter nothing would hold the gate to the data. Where it moves the decoder,
        shrunken gate values pull the directions.
        """
        gate = at.pre_activations.relu()
        decoder, bias = self.decoder, self.decoder_bias
        if not self.gate_moves_decoder:
            decoder, bias = decoder.detach(), bias.detach()
        residual = torch.baddbmm(bias[:, None, :] - at.scaled, gate, decoder)
        auxiliary = sum_of_squares(residual) / at.scaled.shape[1]
        size = gate.mean(1)
        if self.decoder_norm is not None:
            size = size * torch.linalg.vector_norm(self.decoder, dim=2)
        return self.strength() * size.sum(1) + auxiliary

    def multiply_latents(self, by: Tensor) -> None:
        super().multiply_latents(by)
        self.magnitude_bias.mul_(by)

    def divide_offsets(self, by: Tensor) -> None:
        super().divide_offsets(by)
        self.magnitude_bias.div_(by[:, None])
