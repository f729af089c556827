"""Blocks of a weight matrix whose spans are orthogonal, and what they are made of.

With A = W^T W of full rank, sum_i C_i = rank exactly when every embedding vector W_i is an
eigenvector of A (the equality case of Cauchy-Schwarz). Features then fall into blocks by
eigenvalue; within a block W is a scaled tight frame: block-semi-orthogonal (Scherlis et al. 2022,
arXiv 2210.01892). Embeddings are (feature, hidden) here, their rows the W_i.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def spectral_blocks(embeddings: ArrayLike, tolerance: float) -> tuple[NDArray[np.int64], Array]:
    """The block of each feature, read off the spectrum of A, and how far it is from being in one.

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


def overlap_blocks(embeddings: ArrayLike, cosine: float) -> NDArray[np.int64]:
    """Connected components of the graph that joins features with |cos| above `cosine`.

    Returns the component of each feature, (feature,), -1 for one without embedding. Unlike the
    spectrum this separates orthogonal blocks of equal eigenvalue.
    """
    from scipy.sparse.csgraph import connected_components

    w = np.asarray(embeddings, float)
    norms = np.linalg.norm(w, axis=1)
    there = norms > 0
    unit = w / np.where(there, norms, 1.0)[:, None]
    _, label = connected_components(np.abs(unit @ unit.T) > cosine, directed=False)
    return np.where(there, label, -1)
