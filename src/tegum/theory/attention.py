"""Closed forms for skip-bigrams that are summed in one attention score matrix.

W = sum over bigrams (f, g) of phi_f phi_g^T, with phi ~ N(0, 1/d) and s active features at a key
and at the query. Keys may be seen through a random projection to h dimensions, scaled by d / h; h
is d where they are not. Everything is to leading order in s / d and s / h. Derived here from
section 5 of the post of Vaintrob, Mendel and Hanni (2024), which gives the orders alone.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom, norm

from tegum.theory.packing import root

Array = NDArray[np.float64]

POINTS = 401
"""Points of the integrals around each true score."""
REACH = 9.0
"""How many standard deviations the integrals reach."""


def noise_variance(
    n_bigrams: float,
    n_features: int,
    n_inputs: int,
    n_active: int,
    head: int,
    n_planted: int = 1,
) -> float:
    """Variance of the score of a key that matches nothing, over all draws.

    The first term are bigrams of which neither end is active; the others those of which one is, at
    the key or at the query. Those that share their other end add up coherently. A query that is
    planted is sure to hold the end of a bigram, `n_planted` of 0 or 1.
    """
    s, p = n_active, n_bigrams / n_features**2
    neither = n_features**2 * p * (1.0 - s / n_features) ** 2 * s * s / (head * n_inputs)
    partners = n_features * (s * p * (1.0 - p) + (s * p) ** 2)
    return neither + partners * s * (1.0 / n_inputs + 1.0 / head) + s * n_planted / head


def match_variance(n_inputs: int, n_active: int, head: int) -> float:
    """What one match adds: the lengths of its two features, and the others that are active."""
    return (n_active + 1.0) * (1.0 / n_inputs + 1.0 / head)


def tie_variance(noise: float, n_active: int, head: int) -> float:
    """Variance of the difference of two keys that hold the same match."""
    return 2.0 * (noise + (n_active - 1.0) / head)


@cache
def hit_rate(
    noise: float, match: float, n_keys: int, n_active: int, bigram_share: float
) -> tuple[float, float]:
    """How often the largest of noisy scores belongs to a key of the largest true score.

    One key holds a planted match; each of the s^2 pairs at a key is a bigram by chance with
    probability `bigram_share`. Noise of different keys is independent and Gaussian.

    Returns:
        The rate, and the same for scores that tell nothing of the true ones.
    """
    pairs = n_active**2
    levels = np.arange(pairs + 2)
    other = binom.pmf(levels, pairs, bigram_share)
    planted = binom.pmf(levels - 1, pairs - 1, bigram_share)
    deviation = np.sqrt(noise + levels * match)
    used = int(np.flatnonzero(planted > 1e-12)[-1]) + 1
    spread = REACH * np.linspace(-1.0, 1.0, POINTS)
    x = np.sort(np.concatenate([n + deviation[n] * spread for n in range(used + 1)]))
    score = (x[:, None] - levels) / deviation
    density, below = norm.pdf(score) / deviation, norm.cdf(score)
    below_other = np.cumsum(below * other, axis=1)
    below_planted = np.cumsum(below * planted, axis=1)
    first = planted * density * below_other ** (n_keys - 1)
    rest = (n_keys - 1) * other * density * below_other ** (n_keys - 2) * below_planted
    at_most, planted_at_most = np.cumsum(other), np.cumsum(planted)
    blind = planted * at_most ** (n_keys - 1)
    blind += (n_keys - 1) * other * at_most ** (n_keys - 2) * planted_at_most
    return float(np.trapezoid((first + rest).sum(1), x)), float(blind.sum()) / n_keys


def tie_share(beta: ArrayLike, difference_variance: float) -> Array:
    """Mean share of the larger of two tied keys, of the attention that both get: (beta,).

    E sigmoid(beta |delta|) with delta Gaussian: 1/2 at beta = 0, 1 without end.
    """
    z = np.concatenate([[0.0], np.geomspace(1e-8, REACH, 10 * POINTS)])
    with np.errstate(over="ignore", invalid="ignore"):
        gap = np.multiply.outer(np.asarray(beta, float), np.sqrt(difference_variance) * z)
        gap = np.where(np.isnan(gap), 0.0, gap)
        share = 1.0 / (1.0 + np.exp(-gap))
    return np.asarray(np.trapezoid(2.0 * share * norm.pdf(z), z, axis=-1))


@cache
def capacity(
    n_features: int, n_inputs: int, n_active: int, head: int, n_keys: int, rate: float
) -> float:
    """The number of bigrams at which `hit_rate` falls to `rate`."""
    match = match_variance(n_inputs, n_active, head)

    def excess(log_count: float) -> float:
        count = float(np.exp(log_count))
        noise = noise_variance(count, n_features, n_inputs, n_active, head)
        return hit_rate(noise, match, n_keys, n_active, count / n_features**2)[0] - rate

    low, high = 0.0, float(np.log(0.2 * n_features**2))
    if excess(low) < 0.0 or excess(high) > 0.0:
        return np.nan
    return float(np.exp(root(excess, low, high)))


def welch(n_vectors: int, n_dimensions: int) -> float:
    """Least mean squared cosine of distinct vectors; 0 where all can be orthogonal. Welch 1974."""
    excess = max(n_vectors - n_dimensions, 0)
    return excess / (n_dimensions * (n_vectors - 1.0))


def circle_gap(n_tokens: int) -> float:
    """Lead of the match over its neighbour where tokens stand on a circle: 1 - cos(2 pi / m)."""
    return 2.0 * float(np.sin(np.pi / n_tokens)) ** 2


def circle_beta(n_tokens: int, mass: float) -> float:
    """The inverse temperature at which the match gets `mass` when all tokens are keys.

    By the normaliser of the von Mises law: the mass is exp(beta) / sum_j exp(beta cos(2 pi j / m)).
    """
    angles = 2.0 * np.pi * np.arange(n_tokens) / n_tokens
    lead = 1.0 - np.cos(angles)

    def excess(log_beta: float) -> float:
        return 1.0 / float(np.exp(-np.exp(log_beta) * lead).sum()) - mass

    return float(np.exp(root(excess, -5.0, 40.0)))
