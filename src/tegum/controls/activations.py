"""Controls on activations: what a dictionary finds when one kind of structure is gone.

Activations are (sample, dimension). Randomness is an integer seed, given explicitly. Sources:
Heap et al. 2025, Korznikov et al. 2026 for such baselines.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]


def permute_dimensions(activations: ArrayLike, seed: int) -> Array:
    """Permute every dimension over the samples, independently.

    Keeps each dimension's marginal exactly; destroys all dependence between dimensions. On a
    dictionary's codes (sample, latent) it keeps each latent's firing rate and magnitudes and
    destroys co-activation.
    """
    return np.random.default_rng(seed).permuted(np.asarray(activations), axis=0)


def matched_gaussian(activations: ArrayLike, seed: int, count: int | None = None) -> Array:
    """Gaussian samples with the mean and covariance of `activations`, by default as many.

    Keeps the first two moments in expectation; destroys sparsity and every higher moment.
    """
    x = np.asarray(activations)
    centred = (x - x.mean(0)).astype(float)
    rows = x.shape[0] if count is None else count
    noise = np.random.default_rng(seed).standard_normal((rows, min(x.shape)))
    _, scales, directions = np.linalg.svd(centred, full_matrices=False)
    spread = scales[:, None] * directions / np.sqrt(max(x.shape[0] - 1, 1))
    return (x.mean(0) + noise @ spread).astype(x.dtype)


def random_directions(dictionary: ArrayLike, seed: int) -> Array:
    """Replace every row of a dictionary (latent, dimension) by a random one of equal norm.

    Keeps the codes' sparsity and the norms; destroys the directions. Its truth is known, so that
    decoding unchanged codes with it gives a ceiling for recovery.
    """
    rows = np.asarray(dictionary)
    draw = np.random.default_rng(seed).standard_normal(rows.shape)
    draw *= np.linalg.norm(rows, axis=1, keepdims=True) / np.linalg.norm(
        draw, axis=1, keepdims=True
    )
    return draw.astype(rows.dtype)


def permuted_latents(codes: ArrayLike, decoder: ArrayLike, bias: ArrayLike, seed: int) -> Array:
    """Decode codes (sample, latent) after `permute_dimensions` on them: (sample, dimension).

    Keeps the directions, and each latent's firing rate and magnitudes; destroys co-activation.
    """
    return permute_dimensions(codes, seed) @ np.asarray(decoder) + np.asarray(bias)


def random_decoder(codes: ArrayLike, decoder: ArrayLike, bias: ArrayLike, seed: int) -> Array:
    """Decode the same codes (sample, latent) with `random_directions`: (sample, dimension).

    Keeps every code, and so sparsity and co-activation; destroys the directions, covariance
    included. A dictionary fitted to it shows how well known directions can be recovered.
    """
    return np.asarray(codes) @ random_directions(decoder, seed) + np.asarray(bias)
