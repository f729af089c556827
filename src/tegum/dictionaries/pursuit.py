"""Sparse codes by matching pursuit of given directions: a ceiling for encoders."""

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

EXHAUSTED = 1e-5
"""Share of a sample's norm up to which a coefficient is what rounding to float32 left, and is 0."""


def pursue(activations: ArrayLike, directions: ArrayLike, k: int) -> NDArray[np.float64]:
    """Codes with at most ``k`` entries that are not 0: (sample, latent), of either sign.

    By orthogonal matching pursuit (OMP; Pati et al. 1993).

    Greedy: the direction of largest correlation with the residual joins, then all coefficients are
    fitted anew. Needs no encoder, so that it says what a dictionary's directions are good for.
    Where fewer directions than ``k`` explain a sample, the others are not used.

    Arguments: ``activations`` (sample, input), from which a bias has been taken; ``directions``
    (latent, input), unit rows.
    """
    from sklearn.linear_model import orthogonal_mp

    columns, samples = np.asarray(directions, float).T, np.asarray(activations, float).T
    with warnings.catch_warnings():
        # Said of samples that fewer entries reconstruct exactly.
        warnings.filterwarnings("ignore", "Orthogonal matching pursuit ended", RuntimeWarning)
        codes = orthogonal_mp(columns, samples, n_nonzero_coefs=k)
    codes = np.asarray(codes).reshape(columns.shape[1], -1).T
    least = EXHAUSTED * np.linalg.norm(samples, axis=0)[:, None]
    return np.where(np.abs(codes) > least, codes, 0.0)


def pursue_plainly(activations: ArrayLike, directions: ArrayLike, k: int) -> NDArray[np.float64]:
    """Codes by ``k`` steps of matching pursuit (Mallat and Zhang 1993): (sample, latent).

    As ``pursue``, but no coefficient is fitted anew: the correlation of the residual with the
    chosen direction is added to its coefficient, of either sign, and its part is taken away. What
    ``tegum.dictionaries.matching_pursuit`` does while it trains, where codes are not negative.

    Arguments: as of ``pursue``.

    Raises:
        TegumError: for a k below 1.
    """
    if k < 1:
        raise TegumError(f"k is {k}; give a number of steps of at least 1")
    rows, residual = np.asarray(directions, float), np.asarray(activations, float).copy()
    codes, numbers = np.zeros((len(residual), len(rows))), np.arange(len(residual))
    least = EXHAUSTED * np.linalg.norm(residual, axis=1)
    for _ in range(k):
        match = residual @ rows.T
        best = np.abs(match).argmax(1)
        size = match[numbers, best]
        size = np.where(np.abs(size) > least, size, 0.0)
        codes[numbers, best] += size
        residual -= size[:, None] * rows[best]
    return codes
