"""How much of compressed computation its mixing matrix M explains."""

import numpy as np
from numpy.typing import NDArray

from tegum.theory.gates import naive_loss

Array = NDArray[np.floating]


def naive_ratio(mixing: Array, width: int, probability: float) -> float:
    """Loss of one neuron per feature, with what M x asks for, over that without: at least 1.

    Args:
        mixing: M: (feature, feature).
        width: neurons.
        probability: that a feature is active; it is then uniform on [-1, 1].
    """
    null = naive_loss(len(mixing), width, probability)
    return float(1 + (mixing**2).sum(1).mean() * probability / 3 / null)


def positive_eigenspace(mixing: Array) -> Array | None:
    """Eigenvectors of M with positive eigenvalues, (feature, direction); None where M is 0."""
    if not mixing.any():
        return None
    values, vectors = np.linalg.eigh(mixing)
    return vectors[:, values > 0]


def share_inside(space: Array | None, *weights: Array) -> float:
    """Share of the squared weights (feature, hidden) in a subspace, mean of the matrices.

    NaN without a subspace.
    """
    if space is None:
        return np.nan
    return float(np.mean([np.sum((space.T @ w) ** 2) / np.sum(w**2) for w in weights]))
