"""Jumps of the features' dimensionalities between plateaus, while a loss falls.

Elhage et al. 2022, "Toy Models of Superposition". Recorded steps are evenly spaced; an interval is
that between two of them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

JUMP = 0.1
"""Least change of D_i from one plateau to the next: the distance between 2/5 and 1/2."""
FLAT, PLATEAU = 0.03, 4
"""Largest spread of D_i over this many recorded steps of a plateau: own choice."""
WIDTH = 4
"""Recorded intervals in which a jump has to be over: own choice."""
WINDOW = 10
"""Recorded intervals on either side with which a loss drop is compared: own choice."""
RANDOM = 200
"""Intervals that are drawn as a control."""
REPRESENTED = 0.5
"""Norm above which a feature is represented."""

Array = NDArray[np.float64]


def jumps(d: Array, norm: Array) -> list[tuple[int, int]]:
    """(feature, interval) of jumps in D (step, feature) of features that are represented.

    The interval is the middle of `WIDTH` ones between two plateaus that differ by more than `JUMP`,
    once for each pair of plateaus.
    """
    steps = len(d)
    view = np.lib.stride_tricks.sliding_window_view(d, PLATEAU, axis=0)
    flat, level = np.ptp(view, axis=-1) < FLAT, view.mean(-1)
    on = np.lib.stride_tricks.sliding_window_view(norm, PLATEAU, axis=0).min(-1) > REPRESENTED
    flat &= on
    found = []
    gap = PLATEAU - 1 + WIDTH
    for feature in range(d.shape[1]):
        last = -steps
        for start in range(len(level) - gap):
            end = start + gap
            both = flat[start, feature] and flat[end, feature]
            apart = abs(level[end, feature] - level[start, feature]) > JUMP
            middle = start + PLATEAU - 1 + WIDTH // 2
            if both and apart and middle - last > WIDTH:
                found.append((feature, middle))
                last = middle
    return found


def percentile(loss: Array, interval: int) -> float:
    """Share of the places around an interval at which the loss falls less; 1/2 if it is any."""
    drop = -np.diff(np.log(loss))
    drop = np.convolve(drop, np.full(WIDTH, 1 / WIDTH), mode="same")
    low, high = max(interval - WINDOW, 0), min(interval + WINDOW + 1, len(drop))
    others = np.delete(drop[low:high], interval - low)
    return float((others < drop[interval]).mean())


class Jumps(NamedTuple):
    """The jumps of one run beside what chance gives."""

    count: int
    """How many there are."""
    permuted: int
    """How many there are with the recorded steps in a permuted order."""
    percentile: float
    """Mean `percentile` of the loss at the jumps; NaN without any."""
    anywhere: float
    """The same at random intervals."""


def beside_chance(d: Array, norm: Array, loss: Array, *, rng: np.random.Generator) -> Jumps:
    """The jumps of a run: D and norms (step, feature), losses (step,)."""
    n = len(d)
    order, places = rng.permutation(n), rng.integers(WIDTH, n - WIDTH, RANDOM)
    found = jumps(d, norm)
    during = np.mean([percentile(loss, k) for _, k in found]) if found else np.nan
    anywhere = np.mean([percentile(loss, k) for k in places])
    return Jumps(len(found), len(jumps(d[order], norm[order])), float(during), float(anywhere))
