"""Controls on weights: a model that never learnt, with more or less of the trained one kept.

Weights are (output, input). Randomness is an integer seed, given explicitly. Sources: Bricken et
al. 2023 (shuffled transformer), Heap et al. 2025 (re-initialised models).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


def untrained(weight: ArrayLike, seed: int) -> Array:
    """A fresh default initialisation U(-1 / sqrt(input), 1 / sqrt(input)) of the same shape.

    Keeps only the shape; destroys all that training wrote, scale included.
    """
    like = np.asarray(weight)
    bound = 1 / np.sqrt(like.shape[-1])
    return np.random.default_rng(seed).uniform(-bound, bound, like.shape).astype(like.dtype)


def matched_normal(weight: ArrayLike, seed: int) -> Array:
    """Independent Gaussian entries with the mean and standard deviation of the whole matrix."""
    like = np.asarray(weight)
    draw = np.random.default_rng(seed).normal(like.mean(), like.std(), like.shape)
    return draw.astype(like.dtype)


def permute_entries(weight: ArrayLike, seed: int) -> Array:
    """Shuffle all entries: keeps their distribution exactly, destroys their arrangement."""
    like = np.asarray(weight)
    return np.random.default_rng(seed).permutation(like.ravel()).reshape(like.shape)


def permute_pairs(encoder: ArrayLike, decoder: ArrayLike, seed: int) -> tuple[Array, Array]:
    """Shuffle the entries of an encoder (hidden, feature) and decoder (feature, hidden) alike.

    Keeps each input weight together with the output weight of the same neuron and feature, and so
    what neurons do for single features; destroys which of these meet in a neuron.
    """
    return permute_entries(encoder, seed), permute_entries(np.asarray(decoder).T, seed).T


def matched_spectrum(weight: ArrayLike, seed: int) -> Array:
    """Random singular vectors (Haar) around the same singular values.

    Keeps the spectrum exactly; destroys the directions that are read and written.
    """
    like = np.asarray(weight)
    values = np.linalg.svd(like.astype(float), compute_uv=False)
    rng = np.random.default_rng(seed)
    left, right = (
        _orthonormal(rng, like.shape[0], values.size),
        _orthonormal(rng, like.shape[1], values.size),
    )
    return ((left * values) @ right.T).astype(like.dtype)


def _orthonormal(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float64]:
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return q * np.sign(np.diag(r))
