"""Loss along paths between models: barriers, and the basins that they separate.

The barrier of a path is the most by which the loss on it exceeds the linear interpolation of its
two end losses (Frankle et al. 2020); *relative* to the mean of the two. A path may be straight or
a quadratic Bezier curve with one control point (Garipov et al. 2018).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.two_layer import Counts, Weights, counts, losses

Array = NDArray[np.floating]
POSITIONS = 11
"""Places on a path, ends included, where nothing else is asked for."""


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


def straight_barrier(first: Weights, last: Weights, inputs: ArrayLike, targets: ArrayLike) -> float:
    """Relative barrier of the straight path; inputs and targets as of `losses`."""
    t = np.linspace(0, 1, POSITIONS)
    return float(relative_barrier(losses(along([first, last], t), inputs, targets), t))


class Look:
    """Losses, counts and paths of models of one embedding, on a fixed set of samples.

    Arguments: ``inputs`` (sample, input) and ``targets`` (sample, output), ``embedding`` (input,
    feature), and ``threshold`` of selectivity above which a neuron is monosemantic.
    """

    def __init__(
        self, inputs: Array, targets: Array, embedding: Array, threshold: float = 0.9
    ) -> None:
        self.inputs, self.targets = inputs, targets
        self.embedding, self.threshold = embedding, threshold

    def loss(self, weights: Weights) -> Array:
        """Of models along any leading axes."""
        return losses(weights, self.inputs, self.targets)

    def counts(self, weights: Weights) -> Counts:
        """Of models along any leading axes."""
        return counts(weights, self.embedding, self.threshold)

    def path(self, points: Sequence[Weights], positions: int = POSITIONS) -> Array:
        """Losses on the path of two ends, or of two and a control point: (position,)."""
        return self.loss(along(points, np.linspace(0, 1, positions)))

    def barrier(self, first: Weights, last: Weights) -> float:
        """Relative barrier of the straight path."""
        return straight_barrier(first, last, self.inputs, self.targets)
