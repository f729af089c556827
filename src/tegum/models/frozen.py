"""Weights that some models of an ensemble learn, and others keep as they were drawn."""

import torch
from torch import Tensor


def learned(learns: Tensor, weights: Tensor) -> Tensor:
    """The same weights, through which no gradient goes where a cell does not learn them.

    Args:
        learns: 1 or 0 for each cell, (cell, 1, ...), of as many axes as the weights.
        weights: (cell, ...).
    """
    still = weights.detach()
    return still + learns * (weights - still)


def learning(frozen: list[bool], axes: int) -> Tensor:
    """`learns` of weights with so many axes, from which cells are frozen: (cell, 1, ...)."""
    return 1.0 - torch.tensor(frozen, dtype=torch.float32).view(-1, *[1] * (axes - 1))
