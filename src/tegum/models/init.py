"""Initial values of ensembles, each cell's from its own stream."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from tegum.synthetic.draws import INIT, Draws


def uniform(seeds: Sequence[int], shape: tuple[int, ...], number: int, bound: float) -> Tensor:
    """Draws from U(-bound, bound), (cell, *shape): PyTorch's default law for linear layers.

    Args:
        seeds: the init stream of each cell.
        shape: of one cell's values.
        number: of the tensor in its model, which keeps its draws apart from the others'.
        bound: 1 / sqrt(fan-in) for PyTorch's default.
    """
    unit = np.stack([Draws(seed).uniform(shape, INIT, number) for seed in seeds])
    return torch.from_numpy((2.0 * unit - 1.0) * np.float32(bound))
