"""Where what was measured on a grid first changes its sign, or has fallen to its half."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def first_negative(places: ArrayLike, values: ArrayLike, never: float) -> float:
    """The place from which values are negative, by a straight line between its neighbours.

    Args:
        places: rising, (place,).
        values: there, (place,).
        never: what is returned where no value is negative.
    """
    x, y = np.asarray(places), np.asarray(values)
    turned = np.flatnonzero(y < 0)
    if turned.size == 0:
        return never
    j = int(turned[0])
    if j == 0:
        return float(x[0])
    share = y[j - 1] / (y[j - 1] - y[j])
    return float(x[j - 1] + share * (x[j] - x[j - 1]))


def half_life(steps: ArrayLike, excess: ArrayLike) -> NDArray[np.float64]:
    """Steps from which an excess (..., look) is less than half of that at the first look, (...).

    NaN where the first one is not above 0, and where half of it is left at every look.
    """

    def of(curve: NDArray[np.float64]) -> float:
        rest = curve - curve[0] / 2
        return first_negative(steps, rest, never=np.nan) if curve[0] > 0 else np.nan

    return np.apply_along_axis(of, -1, np.asarray(excess, float))
