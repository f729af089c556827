"""Loss along paths between models: barriers, and the basins that they separate.

The barrier of a path is the most by which the loss on it exceeds the linear interpolation of its
two end losses (Frankle et al. 2020); *relative* to the mean of the two. A path may be straight or
a quadratic Bezier curve with one control point (Garipov et al. 2018).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.two_layer import Weights

Array = NDArray[np.floating]


def along(points: Sequence[Weights], positions: ArrayLike) -> Weights:
    """Weights on the Bezier curve of two end points, or of two and a control point between.

    Args:
        points: of one model each.
        positions: t from 0 to 1, (position,).

    Returns: (position, ...).
    """
    t = np.asarray(positions)
    shares = [1 - t, t] if len(points) == 2 else [(1 - t) ** 2, 2 * t * (1 - t), t**2]
    each = zip(*points, strict=True)
    return Weights(*(np.tensordot(_like(shares, parts[0]), parts, 1) for parts in each))


def _like(shares: Sequence[Array], array: Array) -> Array:
    return np.stack(shares, axis=1).astype(array.dtype)


def relative_barrier(losses: ArrayLike, positions: ArrayLike) -> Array:
    """The barrier over the mean of the end losses: (..., position) to (...).

    0 where the loss nowhere exceeds the interpolation; positions start at 0 and end at 1.
    """
    loss, t = np.asarray(losses, float), np.asarray(positions, float)
    first, last = loss[..., :1], loss[..., -1:]
    excess = (loss - (1 - t) * first - t * last)[..., 1:-1].max(-1)
    return np.maximum(excess, 0.0) / (first + last)[..., 0] * 2


def basins(barriers: ArrayLike, threshold: float) -> NDArray[np.intp]:
    """The basin of each model: those that a chain of barriers below the threshold joins.

    Args:
        barriers: symmetric, (model, model).

    Returns: numbers from 0 in the order in which the basins are met, (model,).
    """
    from scipy.sparse.csgraph import connected_components

    joined = np.asarray(barriers, float) < threshold
    return connected_components(joined, directed=False)[1].astype(np.intp)
