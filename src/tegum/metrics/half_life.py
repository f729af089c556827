"""When half of an excess is gone."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def half_life(steps: ArrayLike, excess: ArrayLike) -> NDArray[np.float64]:
    """Steps until an excess (..., look) is first half of that at the first look, by lines between.

    NaN where the first one is not above 0, and where half of it is left at every look.
    """
    at, curve = np.asarray(steps, float), np.asarray(excess, float)
    half = curve[..., :1] / 2
    reached = (curve <= half) & (half > 0)
    after = np.maximum(reached.argmax(-1), 1)[..., None]
    low, high = (np.take_along_axis(curve, i, -1) for i in (after - 1, after))
    share = np.divide(low - half, low - high, np.zeros_like(low), where=low > high)
    found = at[after - 1] + share * (at[after] - at[after - 1])
    return np.where(reached.any(-1), found[..., 0], np.nan)
