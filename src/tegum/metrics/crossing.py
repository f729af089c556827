"""Where a curve that is known at some points first falls to a level."""

import numpy as np
from numpy.typing import ArrayLike


def first_at_most(level: float, x: ArrayLike, y: ArrayLike) -> float:
    """The smallest x at which y, linear between its points, is at most `level`; NaN if none is.

    `x` ascends and has the shape of `y`, (point,).
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    below = np.flatnonzero(y <= level)
    if not below.size:
        return float("nan")
    i = below[0]
    if i == 0:
        return float(x[0])
    return float(x[i - 1] + (x[i] - x[i - 1]) * (y[i - 1] - level) / (y[i - 1] - y[i]))
