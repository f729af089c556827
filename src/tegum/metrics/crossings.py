"""Where what was measured on a grid first changes its sign."""

import numpy as np
from numpy.typing import ArrayLike


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
