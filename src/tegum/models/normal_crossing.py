"""Models y = f x + noise, f = w_1^k_1 w_2^k_2, whose loss is singular where f vanishes."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def fitted_to_noise(
    rng: np.random.Generator, samples: int, input_scale: float, noise: float
) -> tuple[float, float]:
    """Curvature mean x^2 / noise^2 and tilt mean x y / noise^2 of the likelihood, y noise alone."""
    x = input_scale * rng.standard_normal(samples)
    y = noise * rng.standard_normal(samples)
    return float((x**2).mean() / noise**2), float((x * y).mean() / noise**2)


def loss_and_slope(
    weights: Array, powers: Array, curvature: Array, tilt: Array
) -> tuple[Array, Array]:
    """curvature f^2 / 2 - tilt f, above that of f = 0, and its gradient.

    Args:
        weights: (cell, chain, 2).
        powers: k_1 and k_2, (cell, 2).
        curvature: (cell,).
        tilt: (cell,).

    Returns:
        (cell, chain) and (cell, chain, 2).
    """
    u, v = weights[..., 0], weights[..., 1]
    k1, k2 = powers[:, 0, None], powers[:, 1, None]
    a, b = curvature[:, None], tilt[:, None]
    f = u**k1 * v**k2
    slope = a * f - b
    inner = [k1 * u ** np.maximum(k1 - 1, 0) * v**k2, k2 * v ** np.maximum(k2 - 1, 0) * u**k1]
    return f * (a * f / 2 - b), np.stack([slope * part for part in inner], -1)
