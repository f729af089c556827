"""Two-layer models some of whose weights are held at 0."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.models.init import uniform
from tegum.models.tethered import Started, squared_error


class Masked(Started):
    """y = (M2 W2) ReLU((M1 W1) x + b), masks of 0 and 1 entry by entry.

    Gradients of masked weights are 0, and after each update they are set to 0 themselves. Weights
    start from PyTorch's default law, masked.

    Arguments
    ---------
    n_inputs, width, n_outputs: sizes.
    seeds: the init stream of each cell.
    encoder_mask, decoder_mask: (cell, hidden, input) and (cell, output, hidden).
    """

    def __init__(
        self,
        *,
        n_inputs: int,
        width: int,
        n_outputs: int,
        seeds: Sequence[int],
        encoder_mask: NDArray[np.bool_],
        decoder_mask: NDArray[np.bool_],
    ) -> None:
        outer, inner = n_inputs**-0.5, width**-0.5
        start = [
            uniform(seeds, (width, n_inputs), 0, outer),
            uniform(seeds, (width,), 1, outer),
            uniform(seeds, (n_outputs, width), 2, inner),
        ]
        super().__init__([part.numpy() for part in start])
        self.encoder_mask: Tensor
        self.decoder_mask: Tensor
        self.register_buffer("encoder_mask", torch.from_numpy(encoder_mask).float())
        self.register_buffer("decoder_mask", torch.from_numpy(decoder_mask).float())
        self.project()

    def error(self, batch: tuple[Tensor, ...]) -> Tensor:
        encoder, decoder = self.encoder * self.encoder_mask, self.decoder * self.decoder_mask
        return squared_error((encoder, self.bias, decoder), batch[0], batch[1])

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        return self.error(batch)

    @torch.no_grad()
    def project(self) -> None:
        self.encoder.mul_(self.encoder_mask)
        self.decoder.mul_(self.decoder_mask)

    def pairs(self) -> list[tuple[torch.nn.Parameter, Tensor]]:
        """Each masked parameter with its mask."""
        return [(self.encoder, self.encoder_mask), (self.decoder, self.decoder_mask)]
