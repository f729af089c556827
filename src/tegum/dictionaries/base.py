"""The abstract dictionary: an ensemble of sparse autoencoders."""

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from tegum.models.ensemble import Ensemble, per_cell, sum_of_squares
from tegum.synthetic.draws import INIT, Draws


class Dictionary(Ensemble):
    """Sparse autoencoders, one per cell.

    before = W_e (s x - b_d) + b_e, f = sparsify(before), s x' = W_d f + b_d, where s is a scalar
    normalisation of the input. Parameters: ``encoder`` and ``decoder`` (cell, latent, input; the
    decoder's rows are the directions), ``encoder_bias`` (cell, latent), ``decoder_bias``
    (cell, input). The encoder starts as a copy of the decoder, whose rows are random directions.

    Arguments
    ---------
    seeds: the init stream of each cell.
    scale: s, one number or one per cell; ``fold`` makes it 1.
    centre: initial decoder bias in units of x, (cell, input); zero by default.
    """

    initial_norm = 1.0
    """Norm of the decoder's rows at the start."""

    def __init__(
        self,
        *,
        n_inputs: int,
        latents: int,
        seeds: Sequence[int],
        scale: float | Sequence[float] | Tensor = 1.0,
        centre: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.latents = latents
        rows = np.stack([Draws(seed).normal((latents, n_inputs), INIT) for seed in seeds])
        rows *= self.initial_norm / np.linalg.norm(rows, axis=2, keepdims=True)
        self.scale: Tensor
        self.register_buffer("scale", per_cell(scale, len(seeds), "scale"))
        start = torch.zeros(len(seeds), n_inputs) if centre is None else centre
        self.decoder = nn.Parameter(torch.from_numpy(rows))
        self.encoder = nn.Parameter(self.decoder.detach().clone())
        self.encoder_bias = nn.Parameter(torch.zeros(len(seeds), latents))
        self.decoder_bias = nn.Parameter(start * self.scale[:, None])

    @abstractmethod
    def sparsify(self, before: Tensor) -> Tensor:
        """Pre-activations to latents, both (cell, sample, latent)."""

    @abstractmethod
    def penalty(self, before: Tensor, latents: Tensor, residual: Tensor) -> Tensor | None:
        """What the loss adds to the squared error, (cell,): sparsity terms, auxiliary losses.

        ``residual`` is s (x' - x), (cell, sample, input).
        """

    def encode(self, x: Tensor) -> Tensor:
        """x (cell, sample, input) to latents (cell, sample, latent), in units of ``scale * x``."""
        return self.sparsify(self._before(x * self.scale[:, None, None]))

    def decode(self, latents: Tensor) -> Tensor:
        """Latents (cell, sample, latent) to reconstructions of x (cell, sample, input)."""
        scaled = torch.baddbmm(self.decoder_bias[:, None, :], latents, self.decoder)
        return scaled / self.scale[:, None, None]

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        """Squared error of s x, summed over inputs, mean over samples, plus penalty: (cell,)."""
        scaled = batch[0] * self.scale[:, None, None]
        before = self._before(scaled)
        latents = self.sparsify(before)
        residual = torch.baddbmm(self.decoder_bias[:, None, :] - scaled, latents, self.decoder)
        loss = sum_of_squares(residual) / scaled.shape[1]
        extra = self.penalty(before, latents, residual)
        return loss if extra is None else loss + extra

    def directions(self) -> Tensor:
        """Unit decoder rows: (cell, latent, input)."""
        return nn.functional.normalize(self.decoder.detach(), dim=2)

    @torch.no_grad()
    def fold(self) -> None:
        """Fold the normalisation into the biases, in place: latents are then in units of x.

        Exact, since every architecture here is positively homogeneous in (input, biases).
        """
        self.encoder_bias.div_(self.scale[:, None])
        self.decoder_bias.div_(self.scale[:, None])
        self.scale.fill_(1.0)

    def _before(self, scaled: Tensor) -> Tensor:
        centred = scaled - self.decoder_bias[:, None, :]
        return torch.baddbmm(self.encoder_bias[:, None, :], centred, self.encoder.transpose(1, 2))
