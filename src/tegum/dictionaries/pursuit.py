"""Sparse codes by orthogonal matching pursuit (OMP; Pati et al. 1993): a ceiling for encoders."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pursue(activations: ArrayLike, directions: ArrayLike, k: int) -> NDArray[np.float64]:
    """Codes with at most ``k`` entries that are not 0: (sample, latent), of either sign.

    Greedy: the direction of largest correlation with the residual joins, then all coefficients are
    fitted anew. Needs no encoder, so that it says what a dictionary's directions are good for.

    Arguments: ``activations`` (sample, input), from which a bias has been taken; ``directions``
    (latent, input), unit rows.
    """
    from sklearn.linear_model import orthogonal_mp

    columns = np.asarray(directions, float).T
    codes = orthogonal_mp(columns, np.asarray(activations, float).T, n_nonzero_coefs=k)
    return np.asarray(codes).reshape(columns.shape[1], -1).T
