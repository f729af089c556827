"""The local learning coefficient (LLC) of a minimum, by stochastic gradient Langevin dynamics.

lambda = n_beta (mean of the loss over draws - loss at the minimum), n_beta = n / log(n) for n
samples, the loss being a mean negative log-likelihood. Draws follow
dw = -(step / 2) (n_beta gradient + localisation (w - start)) + normal of variance step. Source: Lau
et al. 2023 (arXiv 2308.12108).
"""

from collections.abc import Callable, Sequence
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Gradient = Callable[[Array, int], tuple[Array, Array]]
"""Of parameters (cell, chain, parameter) and the number of the draw, which may choose a batch:
losses (cell, chain), above that of the start where that is known, and their gradients."""
BLOCK = 256
"""Draws whose noise is made at once."""


class Chains(Protocol):
    """What a section says of Langevin chains."""

    chains: int
    """Of each cell."""
    draws: int
    """After the burn-in."""
    burn_in: int
    """Draws that are left out."""
    step_size: float
    """Variance of the noise of a draw."""
    localisation: float
    """Pull to the start."""


def langevin(
    gradient: Gradient,
    start: Array,
    seeds: Sequence[int],
    how: Chains,
    n_beta: float,
) -> Array:
    """Losses at the draws of chains that begin at the start: (cell, chain, draw).

    Args:
        gradient: the losses and their gradients.
        start: (cell, parameter).
        seeds: the stream of each cell, so that its draws do not depend on its neighbours.
        how: how many chains and draws of which size.
        n_beta: samples times inverse temperature.
    """
    cells, size = start.shape
    rngs = [np.random.default_rng(seed) for seed in seeds]
    dtype = start.dtype
    around = start[:, None]
    chains, draws, burn_in, step_size = how.chains, how.draws, how.burn_in, how.step_size
    weights = np.repeat(around, chains, axis=1)
    losses = np.empty((cells, chains, draws), dtype)
    block = max(1, min(BLOCK, 4_000_000 // (cells * chains * size)))
    noise = np.empty((block, cells, chains, size), dtype)
    for number in range(burn_in + draws):
        if number % block == 0:
            for cell, rng in enumerate(rngs):
                fresh = rng.standard_normal((block, chains, size), np.float32)
                noise[:, cell] = fresh * dtype.type(step_size**0.5)
        loss, slope = gradient(weights, number)
        if number >= burn_in:
            losses[..., number - burn_in] = loss
        drift = n_beta * slope
        if how.localisation:
            drift += how.localisation * (weights - around)
        weights = weights - (step_size / 2) * drift + noise[number % block]
    return losses


def inverse_temperature(samples: int) -> float:
    """n_beta = n / log(n), Watanabe's: the samples times the inverse temperature 1 / log(n)."""
    return samples / log(samples)


def gelman_rubin(losses: Array) -> Array:
    """R-hat of traces (..., chain, draw) -> (...): 1 where chains agree. Gelman and Rubin 1992."""
    draws = losses.shape[-1]
    within = losses.var(-1, ddof=1).mean(-1)
    between = losses.mean(-1).var(-1, ddof=1)
    return np.sqrt((draws - 1) / draws + between / within)
