"""What a change of activations does to a distribution of outputs, and changes of equal size."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from tegum.metrics.geometry import unit
from tegum.synthetic.draws import NOISE, Draws

Array = NDArray[np.floating]
Logits = Callable[[Array], Array]
"""From activations (..., input) to logits (..., output)."""
Divergence = Callable[[ArrayLike], NDArray[np.float64]]
"""From changed logits (..., output) to divergences (...)."""


def divergence(clean: ArrayLike, changed: ArrayLike) -> NDArray[np.float64]:
    """KL(P || Q) in nats of logits (..., output): P is what the clean ones say, (...)."""
    return divergence_from(clean)(changed)


def divergence_from(clean: ArrayLike) -> Divergence:
    """`divergence` from the same clean logits to any changed ones, which are read once each.

    With d = changed - clean and its mean under P taken away, it is log E_P[exp(d)]: exact for
    changes of any size, 0 for none, and never below 0 but by rounding.
    """
    logits = np.asarray(clean, float)
    p = softmax(logits, axis=-1)
    total = np.einsum("...o,...o->...", p, np.ones_like(p))

    def to(changed: ArrayLike) -> NDArray[np.float64]:
        moved = np.asarray(changed) - logits
        moved -= np.einsum("...o,...o->...", p, moved)[..., None]
        np.exp(moved, out=moved)
        return np.maximum(np.log(np.einsum("...o,...o->...", p, moved) / total), 0.0)

    return to


def as_long_as(direction: Array, length: ArrayLike) -> Array:
    """Vectors (..., input) along `direction` of these lengths (...); 0 stays 0."""
    norm = np.linalg.norm(direction, axis=-1, keepdims=True)
    return direction * (np.asarray(length)[..., None] / np.where(norm > 0, norm, 1.0))


def isotropic(shape: tuple[int, ...], draws: Draws, step: int) -> Array:
    """Unit vectors in random directions, (..., input); other ones at each step."""
    return unit(draws.normal(shape, NOISE, step))


def within_support(
    codes: Array, directions: Array, length: Array, draws: Draws, step: int, *, tries: int = 20
) -> Array:
    """Random changes of what is active alone, so that as much stays active.

    Args:
        codes: latents, at least 0: (sample, latent).
        directions: (latent, input).
        length: of the change of the activations: (sample,).
        draws, step: of the normal numbers that the changes of the latents are proportional to.
        tries: how often numbers are turned positive where a latent would not stay above 0.

    Returns:
        Changes of the activations, (sample, input), as long as told; NaN for a sample without an
        active latent, or where no try kept all of them active.
    """
    active: NDArray[np.bool_] = codes > 0
    drawn = draws.normal(codes.shape, NOISE, step) * active
    change = np.full_like(drawn, np.nan)
    for _ in range(tries):
        norm = np.linalg.norm(drawn @ directions, axis=1)
        scale = np.divide(length, norm, np.full(len(norm), np.nan), where=norm > 0)
        change = drawn * scale[:, None]
        drawn = np.where(active & (codes + change <= 0), np.abs(drawn), drawn)
    stays = np.where(active, codes + change > 0, True).all(1, keepdims=True)
    return np.where(stays & active.any(1, keepdims=True), change @ directions, np.nan)


def half_height(places: Array, curve: Array) -> Array:
    """Where curves (..., place) first reach half of their maximum, by lines between places."""
    wanted = curve.max(-1, keepdims=True) / 2
    after = np.maximum((curve >= wanted).argmax(-1), 1)[..., None]
    low, high = (np.take_along_axis(curve, i, -1) for i in (after - 1, after))
    share = np.divide(wanted - low, high - low, np.zeros_like(low), where=high > low)
    at = places[after - 1] + np.clip(share, 0, 1) * (places[after] - places[after - 1])
    return at[..., 0]
