"""What the closed forms of the toy models say, found on grids; bounds that hold for all of them."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.metrics.capacity import leverages
from tegum.theory import toy

Array = NDArray[np.float64]

MIDPOINTS = 2000


def outside_bounds(weight: Array, d: Array, slack: float) -> tuple[NDArray[np.bool_], float]:
    """Which models leave 0 <= D_i <= leverage_i <= 1 or sum D_i <= m, and the largest excess.

    Args:
        weight: (..., feature, dimension).
        d: D_i, (..., feature).
        slack: of the bounds.

    Returns:
        (...), and the largest D_i - leverage_i, which may be negative.
    """
    bound = leverages(weight)
    wrong = (d < 0) | (d > bound + slack) | (bound > 1 + slack)
    too_many = d.sum(-1) > weight.shape[-1] + slack
    return wrong.any(-1) | too_many, float((d - bound).max())


def clear_cases(losses: xr.DataArray, margin: float) -> xr.DataArray:
    """Where the two best of the losses (..., candidate) differ by more than a share of the best."""
    least = losses.copy(data=np.sort(losses.values, axis=losses.dims.index("candidate")))
    best, second = (least.isel(candidate=place, drop=True) for place in (0, 1))
    return second / best > 1 + margin


def slope_break(p: float) -> float:
    """Relative change of the slope of the optimal loss, in log importance, where the extra one of
    two features of probability p in one dimension is taken up."""
    log_r = np.linspace(np.log(0.01), np.log(100), MIDPOINTS)
    losses = toy.candidates_2(np.exp(log_r), p)
    best, extra = losses.argmin(-1), 0
    at = int(np.flatnonzero((best[:-1] == extra) & (best[1:] != extra))[0])
    slope = np.gradient(losses, log_r, axis=0)
    before, after = slope[at, best[at]], slope[at + 1, best[at + 1]]
    return float(abs(before - after) / max(abs(before), abs(after)))


def summed_one_sparse_loss(weight: Array, bias: Array, importance: Array) -> float:
    """Sum over features i of the mean loss when only i is active, by a midpoint rule."""
    x = (np.arange(MIDPOINTS) + 0.5) / MIDPOINTS
    total = 0.0
    for i, direction in enumerate(weight @ weight.T):
        target = np.zeros((MIDPOINTS, len(bias)))
        target[:, i] = x
        error = (target - np.maximum(np.outer(x, direction) + bias, 0)) ** 2
        total += float((error @ importance).mean())
    return total
