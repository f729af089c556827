"""Two-layer models some of whose outputs are more important than others."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.models.two_layer import TwoLayer


class Weighed(TwoLayer):
    """The squared error of each output is multiplied by its importance.

    Arguments
    ---------
    importance: of each output, (cell, output).
    options: as for ``TwoLayer``.
    """

    def __init__(self, *, importance: NDArray[np.floating], **options) -> None:
        super().__init__(**options)
        self.importance: Tensor
        self.register_buffer("importance", torch.from_numpy(importance).float()[:, None])

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        inputs, targets = batch
        square = (self(inputs) - targets).square()
        more = ((self.importance - 1.0) * square).sum((1, 2)) / inputs.shape[1]
        return super().loss(batch) + more
