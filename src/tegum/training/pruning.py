"""Masks of weights: random ones, those of the largest weights, and masks that move in training.

Counts are exact: a mask of density rho keeps round(rho n) of n entries of each layer of each cell.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.models.masked import Masked
from tegum.synthetic.draws import MINIBATCH, Draws
from tegum.training.optimisers import EnsembleOptimiser

Mask = NDArray[np.bool_]


def of_largest(scores: NDArray[np.floating], count: int) -> Mask:
    """The `count` entries of largest score of an array of any shape."""
    kept = np.zeros(scores.size, bool)
    kept[np.argsort(-scores.ravel(), kind="stable")[:count]] = True
    return kept.reshape(scores.shape)


def kept_of(density: float, entries: int) -> int:
    """How many entries a mask of this density keeps."""
    return round(density * entries)


def random_mask(seed: int, shape: tuple[int, ...], density: float, number: int) -> Mask:
    """A random mask; those of one seed and number are nested in each other.

    Args:
        number: what keeps the draws of several layers or rounds apart.
    """
    drawn = Draws(seed).uniform(shape, MINIBATCH, number)
    return of_largest(drawn, kept_of(density, drawn.size))


def of_neurons(seed: int, width: int, count: int) -> Mask:
    """Whole neurons: (hidden,), of which a random `count` are kept."""
    return of_largest(Draws(seed).uniform((width,), MINIBATCH, 0), count)


@torch.no_grad()
def regrow(
    model: Masked,
    optimiser: EnsembleOptimiser,
    share: float,
    cells: Sequence[int],
    seeds: Sequence[int],
    number: int,
) -> None:
    """Drop the smallest kept weights of some cells and enable as many random others, at 0.

    Weights that were just dropped are not enabled; moments of all entries that changed start
    afresh. Layers that are kept whole stay so.

    Args:
        share: of the kept weights of a layer, dropped.
        cells: places of the cells whose masks move.
        seeds: of each of them.
        number: of this regrowth, which has draws of its own.
    """
    for layer, (weight, mask) in enumerate(model.pairs()):
        state = optimiser.state[weight]
        for cell, seed in zip(cells, seeds, strict=True):
            kept = mask[cell].bool().cpu().numpy()
            free = int(kept.size - kept.sum())
            moves = min(round(share * kept.sum()), free)
            size = np.where(kept, -weight[cell].abs().cpu().numpy(), -np.inf)
            dropped = of_largest(size, moves)
            drawn = Draws(seed).uniform(kept.shape, MINIBATCH, 2 * number + layer)
            grown = of_largest(np.where(kept, -1.0, drawn), moves)
            changed = torch.from_numpy(dropped | grown).to(weight.device)
            mask[cell].copy_(_tensor(kept & ~dropped | grown, mask))
            weight[cell][changed] = 0.0
            for moment in ("first", "second"):
                if moment in state:
                    state[moment][cell][changed] = 0.0


def _tensor(mask: Mask, like: Tensor) -> Tensor:
    return torch.from_numpy(mask).to(like.device, like.dtype)
