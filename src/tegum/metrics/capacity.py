"""Capacity of a feature, which is also its dimensionality: one number under two names.

Scherlis et al. 2022 (arXiv 2210.01892) call it C_i, Elhage et al. 2022 ("Toy Models of
Superposition") D_i: (W_i . W_i)^2 / sum_j (W_i . W_j)^2, W_i being the embedding of feature i.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.geometry import cosine_components, unit

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
    overlap = ((unit(w) @ np.swapaxes(w, -1, -2)) ** 2).sum(-1)
    own = np.linalg.norm(w, axis=-1) ** 2
    return np.divide(own, overlap, out=np.zeros_like(own), where=own > 0)


def leverages(embeddings: ArrayLike) -> Array:
    """Leverage scores W_i . (W^T W)^+ W_i, the upper bounds of the capacities: (..., feature,
    dimension) to (..., feature); they sum to the rank."""
    w = np.asarray(embeddings, float)
    u, s, _ = np.linalg.svd(w, full_matrices=False)
    cut = s.max(-1, keepdims=True, initial=0) * max(w.shape[-2:]) * np.finfo(float).eps
    return (u**2 * (s > cut)[..., None, :]).sum(-1)


def spectral_blocks(embeddings: ArrayLike, tolerance: float) -> tuple[NDArray[np.int64], Array]:
    """The block of each feature, read off the spectrum of A = W^T W, and how far it is from one.

    With A of full rank, sum_i C_i = rank exactly when every W_i is an eigenvector of A (the
    equality case of Cauchy-Schwarz). Features then fall into blocks by eigenvalue; within a block
    W is a scaled tight frame: block-semi-orthogonal. `embeddings` are (feature, hidden).

    Returns `block` (feature,), 0 for the largest eigenvalue, -1 for a feature without embedding,
    and `leak` (feature,), the share of |W_i|^2 outside the block's eigenspace. Eigenvalues within
    `tolerance` of the next larger one, relative to the largest, are one block; so blocks of equal
    eigenvalue count as one.
    """
    w = np.asarray(embeddings, float)
    eigenvalues, vectors = np.linalg.eigh(w.T @ w)
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    of_eigenvalue = np.cumsum(
        -np.diff(eigenvalues, prepend=eigenvalues[0]) > tolerance * eigenvalues[0]
    )
    squares = (w @ vectors) ** 2
    shares = np.stack(
        [squares[:, of_eigenvalue == b].sum(1) for b in range(of_eigenvalue[-1] + 1)], axis=1
    )
    total = shares.sum(1)
    there = total > tolerance * eigenvalues[0]
    block = np.where(there, shares.argmax(1), -1)
    leak = np.where(there, 1.0 - shares.max(1) / np.where(there, total, 1.0), 0.0)
    return block, leak


def shared(capacity: ArrayLike, low: float, high: float) -> NDArray[np.bool_]:
    """Which features are represented and have no dimension to themselves."""
    c = np.asarray(capacity)
    return (c > low) & (c < high)


def dedicated_share(capacity: ArrayLike, low: float, high: float) -> Array:
    """Share of the represented features (above `low`) that have a dimension to themselves (above
    `high`), over the last axis."""
    c = np.asarray(capacity)
    return (c > high).sum(-1) / np.maximum((c > low).sum(-1), 1)


def block_dimensions(embeddings: ArrayLike, cosine: float, low: float, high: float) -> Array:
    """Dimensions of each shared feature's block, which is the sum of its capacities: (feature,).

    Blocks are joined by |cos| above `cosine`. NaN for a feature whose capacity is not between `low`
    and `high`; those up to `low` join no block, since each overlaps a little with everything.
    """
    w = np.asarray(embeddings, float)
    capacity = capacities(w)
    represented = capacity > low
    block = cosine_components(w * represented[:, None], cosine)
    size = np.array([capacity[block == b].sum() for b in block])
    return np.where(represented & (capacity < high), size, np.nan)
