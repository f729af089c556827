"""Two-layer models some of whose outputs are more important than others."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.models.ensemble import sum_of_squares
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

    def squares(self, residual: Tensor) -> Tensor:
        return sum_of_squares(residual, self.importance)
