"""Capacity of a feature, which is also its dimensionality: one number under two names.

Scherlis et al. 2022 (arXiv 2210.01892) call it C_i, Elhage et al. 2022 ("Toy Models of
Superposition") D_i: (W_i . W_i)^2 / sum_j (W_i . W_j)^2, W_i being the embedding of feature i.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def capacities(embeddings: ArrayLike) -> Array:
    """Share of a dimension that each feature has to itself: (..., feature, dimension) to
    (..., feature), unit 1; 0 for a feature that is not embedded.

    For every matrix 0 <= C_i <= leverage_i <= 1, and so sum C_i <= rank (Cauchy-Schwarz). A
    feature whose embedding is tiny beside the others has a value all the same: mask it by its
    norm where "not represented" is meant.
    """
    w = np.asarray(embeddings, float)
    largest = np.abs(w).max((-2, -1), keepdims=True, initial=0)
    w = np.divide(w, largest, out=np.zeros_like(w), where=largest > 0)
    norms = np.linalg.norm(w, axis=-1, keepdims=True)
    unit = np.divide(w, norms, out=np.zeros_like(w), where=norms > 0)
    overlap = ((unit @ np.swapaxes(w, -1, -2)) ** 2).sum(-1)
    own = norms[..., 0] ** 2
    return np.divide(own, overlap, out=np.zeros_like(own), where=own > 0)


def leverages(embeddings: ArrayLike) -> Array:
    """Leverage scores W_i . (W^T W)^+ W_i, the upper bounds of the capacities: (..., feature,
    dimension) to (..., feature); they sum to the rank."""
    w = np.asarray(embeddings, float)
    u, s, _ = np.linalg.svd(w, full_matrices=False)
    cut = s.max(-1, keepdims=True, initial=0) * max(w.shape[-2:]) * np.finfo(float).eps
    return (u**2 * (s > cut)[..., None, :]).sum(-1)
