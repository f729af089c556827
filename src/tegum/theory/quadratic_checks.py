"""What the closed forms of the quadratic toy model say, found by other means.

By sampling, by finite differences and by numerical minimisation; letters as in
`tegum.theory.quadratic`.
"""

from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.theory.quadratic import quadratic_loss

Array = NDArray[np.float64]

STEP = 1e-4
"""Of central differences."""
SAMPLES, SAMPLE_BLOCKS = 4096, 16
"""Monte Carlo of the loss: samples of a block, and independent blocks, which give its error."""


def sampled_loss(
    embeddings: Array, values: Array, kurtosis: float, seed: int
) -> tuple[float, float]:
    """Loss on inputs in {-s, 0, s}, s^2 = kurtosis: mean over blocks, and its standard error."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(SAMPLE_BLOCKS):
        uniform = rng.random((SAMPLES, values.size)) * 2.0 - 1.0
        x = np.where(np.abs(uniform) < 1.0 / kurtosis, np.sign(uniform), 0.0) * np.sqrt(kurtosis)
        error = ((x @ embeddings) ** 2).sum(1) - x**2 @ values
        found.append(error.var(ddof=1))
    return float(np.mean(found)), float(np.std(found, ddof=1) / np.sqrt(SAMPLE_BLOCKS))


def slopes(
    embeddings: Array, values: Array, kurtosis: float, ignored: ArrayLike
) -> tuple[float, float]:
    """Largest first derivative of the loss, and the least second one along the embedding of the
    first of the `ignored` features, a mask (NaN if there is none), by central differences."""
    moves = STEP * np.eye(embeddings.size).reshape(-1, *embeddings.shape)

    def loss(move: Array) -> Array:
        return quadratic_loss(embeddings + move, values, kurtosis)

    largest = float(np.abs(loss(moves) - loss(-moves)).max() / (2.0 * STEP))
    places = np.flatnonzero(ignored)
    if not places.size:
        return largest, np.nan
    width = embeddings.shape[1]
    one = moves[places[0] * width : (places[0] + 1) * width]
    first, second = one[:, None], one[None]
    corners = loss(first + second) - loss(first - second) - loss(second - first)
    hessian = (corners + loss(-first - second)) / (4.0 * STEP**2)
    return largest, float(np.linalg.eigvalsh(hessian)[0])


def least_feature_loss(capacity: float, value: float, kurtosis: float) -> float:
    """Least a (v - w)^2 + 2 w^2 (1 / C - 1) over w."""
    from scipy.optimize import fminbound

    def loss(norm: float) -> float:
        return (kurtosis - 1.0) * (value - norm) ** 2 + 2.0 * norm**2 * (1.0 / capacity - 1.0)

    return loss(cast(float, fminbound(loss, 0.0, 2.0 * value, xtol=1e-12)))


def return_of_minima(capacity: Array, value: float, kurtosis: float) -> Array:
    """-dL / dC of the least losses at each capacity, by central differences."""
    ends = [[least_feature_loss(c + s * STEP, value, kurtosis) for c in capacity] for s in (-1, 1)]
    below, above = np.array(ends)
    return (below - above) / (2.0 * STEP)
