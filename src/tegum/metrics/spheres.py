"""Directions that may stand out on a small sphere around an activation (Mendel's comments)."""

import numpy as np
from numpy.typing import NDArray

from tegum.metrics import perturbations as change
from tegum.synthetic.draws import Draws

Array = NDArray[np.floating]
KINDS = ["active", "inactive", "mixture"]
"""Of one feature, of either sign where it is active; or of a mixture of inactive ones."""


def around(active: Array, inactive: Array, mixed: int, draws: Draws, step: int) -> dict[str, Array]:
    """Directions (row, input) of any length, by the names of `KINDS`.

    Args:
        active: directions of active features, (feature, input).
        inactive: of inactive ones, (other, input).
        mixed: how many of these are in a mixture.
        draws, step: of the weights of mixtures, all at least 0.
    """
    count = len(inactive)
    weights = np.abs(change.isotropic((count, mixed), draws, step))
    members = np.stack([np.roll(inactive, i, axis=0)[:mixed] for i in range(count)])
    mixture = np.einsum("om,omd->od", weights, members)
    return dict(zip(KINDS, (np.concatenate([active, -active]), inactive, mixture), strict=True))


def great_circle(first: Array, second: Array, places: int) -> Array:
    """Unit vectors (place, input) from a unit vector over the plane of two, and back to it."""
    angle = np.linspace(0.0, 2 * np.pi, places)[:, None]
    across = second - (second @ first) * first
    return np.cos(angle) * first + np.sin(angle) * across / np.linalg.norm(across)
