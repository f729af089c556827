"""T20: dimensionalities jump between plateaus while the loss drops."""

import numpy as np
from numpy.typing import NDArray

from tegum.ledger.claims import Claim, statistical
from tegum.studies.toy_superposition.findings import Data, Finding, Topic

REPRESENTED = 0.5
"""Norm above which a feature is represented, as in the params."""
JUMP = 0.1
"""Least change of D_i from one plateau to the next: the distance between 2/5 and 1/2."""
FLAT, PLATEAU = 0.03, 4
"""Largest spread of D_i over this many recorded steps of a plateau: own choice."""
WIDTH = 4
"""Recorded intervals in which a jump has to be over: own choice."""
WINDOW = 10
"""Recorded intervals on either side with which a loss drop is compared: own choice."""
CHANCE = 0.5
"""Share of intervals with a smaller loss drop than any interval has by chance."""

T20 = Finding("t20", "While training some D_i jump from one plateau to another.")
T20_LOSS = Finding("t20_loss", "Each jump coincides with a drop of the loss.")

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


def _dynamics(data: Data) -> list[Claim]:
    ds = data["dynamics"].transpose("seed", "checkpoint", "feature", ...)
    rng = np.random.default_rng(0)
    counts, shuffled, found, anywhere = [], [], [], []
    for d, norm, loss in zip(
        ds["dimensionality"].values, ds["norm"].values, ds["evaluation_loss"].values, strict=True
    ):
        seen = jumps(d, norm)
        order = rng.permutation(len(d))
        counts.append(len(seen))
        shuffled.append(len(jumps(d[order], norm[order])))
        found.append(np.mean([percentile(loss, k) for _, k in seen]) if seen else np.nan)
        random = rng.integers(WIDTH, len(loss) - WIDTH, 200)
        anywhere.append(np.mean([percentile(loss, k) for k in random]))
    return [
        statistical(
            *T20.told,
            values=counts,
            threshold=0.0,
            direction="above",
            unit="jumps",
            control="permuted order of the recorded steps",
            control_values=shuffled,
            reason=f"changes of D_i by more than {JUMP} within {WIDTH} intervals between plateaus "
            f"of {PLATEAU} recorded steps, among {ds.sizes['feature']} features",
        ),
        statistical(
            *T20_LOSS.told,
            values=found,
            threshold=CHANCE,
            direction="above",
            control="random intervals",
            control_values=anywhere,
            reason="share of the recorded intervals around a jump in which the loss falls less "
            "than during it",
        ),
    ]


TOPIC = Topic((T20, T20_LOSS), {("dynamics",): _dynamics})
