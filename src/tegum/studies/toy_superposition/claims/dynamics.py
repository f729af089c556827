"""T20: dimensionalities jump between plateaus while the loss drops."""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import at_least
from tegum.ledger.claims import Claim, above
from tegum.studies.toy_superposition.claims.sources import trained
from tegum.studies.toy_superposition.reading import REPRESENTED

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
CHANCE = 0.5
"""Share of intervals with a smaller loss drop than any interval has by chance."""

Array = NDArray[np.float64]


def jumps(d: Array, norm: Array) -> list[tuple[int, int]]:
    """(feature, interval) of jumps in D (step, feature): the middle of `WIDTH` intervals between
    two plateaus that differ by more than `JUMP`, once for each pair of plateaus.
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


def _runs(ds: xr.Dataset) -> list[tuple[Any, ...]]:
    """Of each seed D_i, norms and losses at the recorded steps; their order permuted, and random
    intervals."""
    ds = at_least(ds, checkpoint=2 * WIDTH + PLATEAU).transpose("seed", "checkpoint", ...)
    rng = np.random.default_rng(0)
    n = ds.sizes["checkpoint"]
    arrays = (ds[name].values for name in ("dimensionality", "norm", "evaluation_loss"))
    return [
        (*seed, rng.permutation(n), rng.integers(WIDTH, n - WIDTH, RANDOM))
        for seed in zip(*arrays, strict=True)
    ]


@trained("dynamics", "While training some D_i jump from one plateau to another.")
def t20(ds: xr.Dataset) -> Claim:
    found = [len(jumps(d, norm)) for d, norm, *_ in _runs(ds)]
    shuffled = [len(jumps(d[order], norm[order])) for d, norm, _, order, _ in _runs(ds)]
    return above(
        0.0,
        found,
        control=("permuted order of the recorded steps", shuffled),
        unit="jumps",
        because=f"changes of D_i by more than {JUMP} within {WIDTH} intervals between plateaus "
        f"of {PLATEAU} recorded steps, among {ds.sizes['feature']} features",
    )


@trained("dynamics", "Each jump coincides with a drop of the loss.")
def t20_loss(ds: xr.Dataset) -> Claim:
    found, anywhere = [], []
    for d, norm, loss, _, random in _runs(ds):
        seen = jumps(d, norm)
        found.append(np.mean([percentile(loss, k) for _, k in seen]) if seen else np.nan)
        anywhere.append(np.mean([percentile(loss, k) for k in random]))
    return above(
        CHANCE,
        found,
        control=("random intervals", anywhere),
        because="share of the recorded intervals around a jump in which the loss falls less "
        "than during it",
    )
