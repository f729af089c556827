"""Area under the receiver operating characteristic.

The share of pairs of a positive and a negative sample in which the positive one scores higher; ties
count half. NaN where one class is empty.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]


def auroc(scores: ArrayLike, labels: ArrayLike) -> Array:
    """Of every score for every label: (sample, *score) and (sample, *label) -> (*score, *label).

    By ranks.
    """
    ranks, y = rankdata(scores, axis=0), np.asarray(labels, bool)
    positives = y.sum(0)
    pairs = np.tensordot(ranks, y.astype(float), (0, 0)) - positives * (positives + 1) / 2
    with np.errstate(invalid="ignore"):
        return pairs / (positives * (len(y) - positives))


def weighted_auroc(scores: ArrayLike, labels: ArrayLike, weights: ArrayLike) -> Array:
    """Of weighted samples, (sample,) and (sample,): weights (resample, sample) -> (resample,)."""
    s, y, w = np.asarray(scores), np.asarray(labels, bool), np.asarray(weights)
    negative = np.flatnonzero(~y)[np.argsort(s[~y], kind="stable")]
    below = np.pad(w[:, negative].cumsum(1, dtype=float), ((0, 0), (1, 0)))
    first, end = (np.searchsorted(s[negative], s[y], side) for side in ("left", "right"))
    positive = w[:, y].astype(float)
    ties = 0.0 if (first == end).all() else np.vecdot(positive, below[:, end] - below[:, first])
    pairs = np.vecdot(positive, below[:, first]) + 0.5 * ties
    with np.errstate(invalid="ignore"):
        return pairs / (positive.sum(1) * below[:, -1])
