"""Controls on weights: a model that never learnt, with more or less of the trained one kept.

Weights are (output, input). Randomness is an integer seed, given explicitly. Sources: Bricken et
al. 2023 (shuffled transformer), Heap et al. 2025 (re-initialised models).
"""

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

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


def control_weights(
    weights: Mapping[str, Array],
    control: Callable[[ArrayLike, int], Array],
    seed: int,
    keep: Collection[str] = (),
    permute_vectors: bool = False,
) -> dict[str, Array]:
    """Apply a control of this module to all matrices of a model, each with a draw of its own.

    Args:
        weights: by name; matrices (..., output, input), where leading axes number matrices of a
            stack, and vectors, such as biases and gains.
        control: from a matrix and a seed.
        keep: names of what stays as it is, e.g. the embedding; the others draw the same.
        permute_vectors: shuffle the entries of vectors; else they stay as they are.

    Raises:
        TegumError: when `keep` names what is not there.
    """
    unknown = sorted(set(keep) - set(weights))
    if unknown:
        raise TegumError(f"no weights {', '.join(unknown)} to keep; there are {', '.join(weights)}")
    rng = np.random.default_rng(seed)
    found = {}
    for name in sorted(weights):
        weight = np.asarray(weights[name])
        matrices = weight.reshape(-1, *weight.shape[-2:])
        seeds = rng.integers(2**63, size=len(matrices))
        if name in keep or (weight.ndim < 2 and not permute_vectors):
            found[name] = weight
        elif weight.ndim < 2:
            found[name] = permute_entries(weight, int(seeds[0]))
        else:
            drawn = [control(m, int(s)) for m, s in zip(matrices, seeds, strict=True)]
            found[name] = np.stack(drawn).reshape(weight.shape)
    return {name: found[name] for name in weights}


def _orthonormal(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float64]:
    q, r = np.linalg.qr(rng.standard_normal((rows, columns)))
    return q * np.sign(np.diag(r))
