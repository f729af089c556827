"""Controls on interventions: what else could have been added to the activations.

Directions are (direction, dimension). Randomness is an integer seed, given explicitly.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.controls.activations import matched_gaussian
from tegum.errors import TegumError

Array = NDArray[np.floating]


def equal_norm(vector: ArrayLike, count: int, seed: int) -> Array:
    """Isotropic random directions: (dimension,) -> (count, dimension).

    Keeps the norm; destroys the direction. Most of such a vector lies off the activations.
    """
    like = np.asarray(vector)
    return _scaled(np.random.default_rng(seed).standard_normal((count, like.size)), like)


def equal_covariance(vector: ArrayLike, activations: ArrayLike, count: int, seed: int) -> Array:
    """Random directions with the covariance of activations (sample, dimension): (count, dimension).

    Keeps the norm of `vector` (dimension,), and in expectation the share of every direction in the
    activations; destroys what tells this direction from others that vary as much.
    """
    x = np.asarray(activations)
    drawn = matched_gaussian(x - x.mean(0), seed, count)
    return _scaled(drawn, np.asarray(vector))


def matched_latents(codes: ArrayLike, decoder: ArrayLike, latent: int, count: int = 1) -> NDArray:
    """The latents most like one in density and norm: (count,), nearest first.

    Keeps, nearly, how often it fires and how large its direction is; destroys what it stands for.

    Args:
        codes: (sample, latent); a latent fires where its code is positive.
        decoder: (latent, dimension).

    Raises:
        TegumError: where it, or fewer than `count` others, fire at all.
    """
    density = (np.asarray(codes) > 0).mean(0)
    norms = np.linalg.norm(np.asarray(decoder), axis=1)
    others = np.flatnonzero((density > 0) & (norms > 0))
    if latent not in others or len(others) <= count:
        raise TegumError(
            f"latent {latent} has no {count} others to be compared with: {len(others)} of "
            f"{len(density)} fire, itself {density[latent]:.2%} of the time"
        )
    others = others[others != latent]
    distance = sum(np.abs(np.log(v[others] / v[latent])) for v in (density, norms))
    return others[np.argsort(distance, kind="stable")[:count]]


def _scaled(directions: Array, like: Array) -> Array:
    directions *= np.linalg.norm(like) / np.linalg.norm(directions, axis=1, keepdims=True)
    return directions.astype(like.dtype)
