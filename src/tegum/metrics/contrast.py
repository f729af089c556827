"""Contrast pairs: normalisation, thresholds, what a score gets right.

Scores are (sample, ...), larger where the positive member of a pair seems true.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]


def normalise(side: Array, reference: Array, divide_by_std: bool = False) -> Array:
    """Subtract the mean of `reference`, and divide by its standard deviation where asked for.

    `side` (sample, input) and `reference` (sample, input) are the same member of the pairs; the
    two members are normalised apart. Source: Burns et al. 2022, section 2.
    """
    centred = side - reference.mean(0)
    return centred / np.maximum(reference.std(0), 1e-12) if divide_by_std else centred


def otsu_threshold(scores: Array) -> Array:
    """The cut that maximises the variance between the two sides: (sample, ...) -> (...).

    Exact, over all midpoints of neighbouring scores. Source: Otsu 1979.
    """
    ordered = np.sort(scores.astype(float), axis=0)
    n = len(ordered)
    below = np.arange(1, n).reshape(-1, *[1] * (ordered.ndim - 1))
    total = ordered.sum(0)
    lower = ordered.cumsum(0)[:-1]
    gap = (total - lower) / (n - below) - lower / below
    best = (below * (n - below) * gap**2).argmax(0)[None]
    left, right = (np.take_along_axis(ordered, best + step, 0) for step in (0, 1))
    return 0.5 * (left + right)[0]


def accuracy(said: Flags, labels: Flags) -> Array:
    """Share of answers (sample, ...) that equal the labels (sample,): (...)."""
    return np.equal(said.T, labels).mean(-1).T


def balanced_accuracy(said: Flags, labels: Flags) -> Array:
    """Mean of the two classes' accuracies, NaN where one is empty: (sample, ...) -> (...)."""
    if labels.all() or not labels.any():
        return np.full(said.shape[1:], np.nan)
    return 0.5 * (said[labels].mean(0) + 1.0 - said[~labels].mean(0))
