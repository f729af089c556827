"""Compressed computation by what its section says, and how much its mixing matrix M explains."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tegum.models.gate_networks import CompressedReLU, mixing_matrix
from tegum.models.gate_sections import Compressed
from tegum.synthetic.sparse import SparseFeatures
from tegum.theory.gates import naive_loss

Array = NDArray[np.floating]


def scaled_mixing(section: Compressed, seed: int) -> Array:
    """M times its factor, (feature, feature); `seed` is the init stream of the cell."""
    return section.mixing * mixing_matrix(seed, section.n_features, section.stream_width)


def untrained(sections: Sequence[Compressed], seeds: Sequence[int]) -> CompressedReLU:
    """Models of equal shapes before training; losses are over that of one neuron per feature."""
    null = [naive_loss(p.n_features, p.n_neurons, p.feature_probability) for p in sections]
    mixing = [scaled_mixing(p, seed) for p, seed in zip(sections, seeds, strict=True)]
    return CompressedReLU(
        mixing=np.stack(mixing), null=np.array(null), width=sections[0].n_neurons, seeds=seeds
    )


def features(
    sections: Sequence[Compressed], seeds: Sequence[int], samples: int, device: str = "cpu"
) -> SparseFeatures:
    """Batches of features of both signs, of models of equal shapes."""
    p = [s.feature_probability for s in sections]
    return SparseFeatures(seeds, p, sections[0].n_features, samples, True, device)


def naive_ratio(section: Compressed, mixing: Array) -> float:
    """Loss of one neuron per feature, with what M x asks for, over that without: at least 1.

    Args:
        mixing: M, symmetric, with zeros on its diagonal: (feature, feature).
    """
    p = section.feature_probability
    null = naive_loss(section.n_features, section.n_neurons, p)
    return float(1 + (mixing**2).sum(1).mean() * p / 3 / null)


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
