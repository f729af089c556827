"""L1 dictionaries in the form of April 2024 (Conerly et al., Transformer Circuits update)."""

import torch
from torch import Tensor

from tegum.dictionaries.base import Forward, Penalised


class L1(Penalised):
    """f = ReLU(z); the penalty weighs each latent by the norm of its free direction.

    ``penalty_strength`` is meant for inputs scaled to E|x| = sqrt(n_inputs)
    (``fit.scalar_scale``).
    """

    encoder_norm = 0.1
    decoder_norm = 0.1

    def sparsify(self, pre_activations: Tensor) -> Tensor:
        return pre_activations.relu()

    def penalty(self, at: Forward) -> Tensor:
        """lambda times the mean over samples of sum_i f_i |W_d,i|: (cell,)."""
        size = (at.latents.mean(1) * torch.linalg.vector_norm(self.decoder, dim=2)).sum(1)
        return self.strength() * size
