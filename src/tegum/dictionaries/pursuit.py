"""Sparse codes by orthogonal matching pursuit (OMP; Pati et al. 1993): a ceiling for encoders."""

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

EXHAUSTED = 1e-5
"""Share of a sample's norm up to which a coefficient is what rounding to float32 left, and is 0."""


def pursue(activations: ArrayLike, directions: ArrayLike, k: int) -> NDArray[np.float64]:
    """Codes with at most ``k`` entries that are not 0: (sample, latent), of either sign.

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
