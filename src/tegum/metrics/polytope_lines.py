"""How dimensionalities gather at the fractions of polytopes: plateaus of models, lines of features.

D* is m / ||W||^2, dimensions per feature, of a model; D_i the dimensionality of a feature. The test
for lines is that of a public audit of the notebook anthropics/toy-models-of-superposition.
"""

from itertools import groupby

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.geometry import FRACTIONS, line_counts

Array = NDArray[np.float64]

LINE_FEATURES, LINE_RATIO = 10, 2
"""Features of a line, and how many times as many they are as those beside it (audit)."""
AROUND_HALF, LEVELS = 0.03, 3
"""Distance of D* from 1/2, and densities that are so near, in the notebook's setting (audit)."""
NAMED_WITHIN, NAMED_LEAST = 0.02, 0.1
"""Distance from a named fraction, and least D_i that counts (audit)."""


def longest_run(marks: ArrayLike) -> int:
    """Most neighbours that are all marked: (place,)."""
    runs = [sum(1 for _ in run) for mark, run in groupby(np.asarray(marks, bool)) if mark]
    return max(runs, default=0)


def next_to_plateau(
    d_star: Array, centre: float, around: float, neighbours: int
) -> tuple[slice, slice]:
    """The densities just before and just after a plateau, of D* from dense to sparse, (density,).

    Before it D* is above `centre` by `around` or more, after it below by as much.
    """
    dense = int(np.count_nonzero(d_star >= centre + around))
    sparse = len(d_star) - int(np.count_nonzero(d_star <= centre - around))
    return slice(max(dense - neighbours, 0), dense), slice(sparse, sparse + neighbours)


def line_excess(d: ArrayLike, fractions: tuple[float, ...]) -> float:
    """Features near the least visible of some fractions beyond those beside it, of any shape."""
    counts = [line_counts(d, fraction) for fraction in fractions]
    return float(min(near - beside for near, beside in counts))


def lines_and_levels(d_star: Array, d: Array, shift: float = 0.0) -> int:
    """How many of the audit's three conditions hold, at fractions shifted by `shift`.

    They are a line at 1/2, a line at another polytope's fraction, and densities with D* near 1/2.

    Args:
        d_star: D* by density, (density,).
        d: D_i, (density, feature).
    """

    def line(fraction: float) -> bool:
        near, beside = line_counts(d, fraction + shift)
        return near >= LINE_FEATURES and near >= LINE_RATIO * beside

    half = FRACTIONS["digon"]
    others = [f for name, f in FRACTIONS.items() if name not in ("digon", "dedicated")]
    levels = np.count_nonzero(np.abs(d_star - half - shift) < AROUND_HALF)
    return int(line(half)) + int(any(map(line, others))) + int(levels >= LEVELS)


def named_share(d: Array) -> float:
    """Share of the D_i that count which lie near a named fraction; NaN where none counts."""
    values = d[d >= NAMED_LEAST]
    if not values.size:
        return np.nan
    distance = np.abs(values[:, None] - np.array(list(FRACTIONS.values()))).min(1)
    return float((distance < NAMED_WITHIN).mean())
