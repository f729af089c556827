"""What stands in the place of an activation or of its reconstruction, to see what outputs do.

Sources: Gurnee 2024 for errors of dictionaries beside random changes of equal length; Mendel
(comments) for changes within what is active.
"""

import numpy as np
from numpy.typing import NDArray

from tegum.controls.activations import matched_gaussian
from tegum.metrics import perturbations as change
from tegum.synthetic.draws import Draws

Array = NDArray[np.floating]
SUBSTITUTIONS = [
    "dictionary",
    "isotropic",
    "isotropic again",
    "equal covariance",
    "shuffled",
    "norm corrected",
]
"""Changes of an activation; all but the last are as long as the error of the dictionary."""
SUBSTITUTED = [*SUBSTITUTIONS, "mean"]
"""These, and the mean activation in the place of each."""
LINES = ["isotropic", "equal covariance", "difference", "dictionary"]
"""Directions that leave an activation."""
MOVES = ["active", "inactive", "isotropic"]
"""Changes of a reconstruction, as long: of active latents alone, of as many inactive ones."""


def substitutions(
    x: Array, rebuilt: Array, seed: int, errors: Array | None = None
) -> dict[str, Array]:
    """Changes (sample, input) of activations, by the names of `SUBSTITUTIONS`.

    Args:
        x: activations, (sample, input).
        rebuilt: their reconstructions.
        seed: of what is drawn.
        errors: (other sample, input), to whose covariance is matched; by default those of x.
    """
    error = rebuilt - x
    size = np.linalg.norm(error, axis=1)
    again = change.isotropic((2, *x.shape), Draws(seed), 0)
    alike = error if errors is None else errors
    matched = matched_gaussian(alike, seed, len(x))
    found = [
        error,
        change.as_long_as(again[0], size),
        change.as_long_as(again[1], size),
        change.as_long_as(matched, size),
        change.as_long_as(np.roll(error, 1, axis=0), size),
        change.as_long_as(rebuilt, np.linalg.norm(x, axis=1)) - x,
    ]
    return dict(zip(SUBSTITUTIONS, found, strict=True))


def moves(codes: Array, directions: Array, length: Array, draws: Draws) -> dict[str, Array]:
    """Changes (sample, input) of reconstructions, by the names of `MOVES`.

    NaN in the samples in which active latents cannot move so far and stay active.

    Args:
        codes: latents, at least 0: (sample, latent).
        directions: (latent, input).
        length: of each change, (sample,).
        draws: of what is drawn.
    """
    inside = change.within_support(codes, directions, length, draws, 2)
    outside = change.as_long_as(_inactive(codes, draws) @ directions, length)
    random = change.as_long_as(change.isotropic(inside.shape, draws, 4), length)
    lost = np.isnan(inside)
    found = [inside, *(np.where(lost, np.nan, other) for other in (outside, random))]
    return dict(zip(MOVES, found, strict=True))


def _inactive(codes: Array, draws: Draws) -> Array:
    """Positive numbers for as many inactive latents of each sample as are active, else 0."""
    drawn = np.abs(change.isotropic(codes.shape, draws, 3)) * (codes <= 0)
    ranks = (-drawn).argsort(axis=1).argsort(axis=1)
    return drawn * (ranks < (codes > 0).sum(1, keepdims=True))
