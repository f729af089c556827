"""What a token embedding is like: its neighbours, and circles of ordered tokens."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError
from tegum.metrics.geometry import unit
from tegum.metrics.planes import pca_plane

PERMUTATIONS = 999


def nearest(rows: ArrayLike) -> NDArray[np.int64]:
    """Of each row the other one of largest cosine, after centring: (row,)."""
    x = np.asarray(rows, float)
    directions = unit(x - x.mean(0))
    cosines = directions @ directions.T
    np.fill_diagonal(cosines, -np.inf)
    return cosines.argmax(1)


def same_class(rows: ArrayLike, classes: ArrayLike) -> float:
    """Share of rows whose nearest neighbour has the same class (row,)."""
    kinds = np.asarray(classes)
    return float((kinds[nearest(rows)] == kinds).mean())


def circle(rows: ArrayLike, seed: int) -> tuple[float, float, float]:
    """How far ordered rows lie in their order around a circle of their two largest components.

    The statistic is the length of the mean of exp(i (angle - expected angle)), the expected angles
    being evenly spaced, in the direction that fits better: 1 for a circle in order. Its null law
    is that of rows in random order.

    Args:
        rows: (row, dimension) in their order.
        seed: of the permutations.

    Returns:
        The statistic, its permutation p-value, and the 95th percentile of the null law.

    Raises:
        TegumError: for fewer than four rows.
    """
    ordered = np.asarray(rows, float)
    if len(ordered) < 4:
        raise TegumError(f"{len(ordered)} rows are no circle; give at least 4")
    points = pca_plane(ordered)
    angles = np.exp(1j * np.arctan2(points[:, 1], points[:, 0]))
    expected = np.exp(-2j * np.pi * np.arange(len(points)) / len(points))
    rng = np.random.default_rng(seed)
    orders = np.stack([np.arange(len(points)), *_orders(rng, len(points))])
    found = angles[orders]
    each = np.maximum(np.abs(found @ expected), np.abs(found.conj() @ expected)) / len(points)
    p = float((each >= each[0] - 1e-12).mean())
    return float(each[0]), p, float(np.quantile(each[1:], 0.95))


def _orders(rng: np.random.Generator, size: int) -> NDArray[np.int64]:
    return rng.permuted(np.tile(np.arange(size), (PERMUTATIONS, 1)), axis=1)
