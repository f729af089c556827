"""The local learning coefficient (LLC) of a minimum, by stochastic gradient Langevin dynamics.

lambda = n_beta (mean of the loss over draws - loss at the minimum), n_beta = n / log(n) for n
samples, the loss being a mean negative log-likelihood. Draws follow
dw = -(step / 2) s (n_beta gradient + localisation (w - start)) + normal of variance step s. The
scales s of the parameters, 1 where nothing else is said, do not change what is sampled by small
steps; those of `newton_scales` let stiff and flat parameters move alike. Source: Lau et al. 2023
(arXiv 2308.12108).
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
PARTS = 16
"""Parts of the draws of which a trace has the means."""


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
    scales: Array | None = None,
) -> Array:
    """Losses at the draws of chains that begin at the start: (cell, chain, draw).

    Args:
        gradient: the losses and their gradients.
        start: (cell, parameter).
        seeds: the stream of each cell, so that its draws do not depend on its neighbours.
        how: how many chains and draws of which size.
        n_beta: samples times inverse temperature.
        scales: of the parameters, (cell, parameter); 1 by default.
    """
    cells, size = start.shape
    rngs = [np.random.default_rng(seed) for seed in seeds]
    dtype = start.dtype
    around = start[:, None]
    chains, draws, burn_in, step_size = how.chains, how.draws, how.burn_in, how.step_size
    weights = np.repeat(around, chains, axis=1)
    scales = np.ones((1, 1), dtype) if scales is None else scales.astype(dtype)
    root = np.sqrt(scales)[:, None]
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
        drift *= scales[:, None]
        weights = weights - (step_size / 2) * drift + root * noise[number % block]
    return losses


def inverse_temperature(samples: int) -> float:
    """n_beta = n / log(n), Watanabe's: the samples times the inverse temperature 1 / log(n)."""
    return samples / log(samples)


def newton_scales(curvature: Array, n_beta: float, localisation: float) -> Array:
    """Scales of parameters of a curvature (cell, parameter), the diagonal of the loss's Hessian."""
    return 1.0 / (n_beta * curvature + localisation)


def summary(above: Array) -> dict[str, Array]:
    """Of n_beta times losses above that of the start, (chain, draw): the coefficient `llc` of each
    chain, `rhat`, and `trace`, means over chains of `PARTS` parts of the draws."""
    trace = [part.mean() for part in np.array_split(above, PARTS, axis=-1)]
    return {"llc": above.mean(-1), "rhat": gelman_rubin(above), "trace": np.array(trace)}


def gelman_rubin(losses: Array) -> Array:
    """R-hat of traces (..., chain, draw) -> (...): 1 where chains agree. Gelman and Rubin 1992."""
    draws = losses.shape[-1]
    within = losses.var(-1, ddof=1).mean(-1)
    between = losses.mean(-1).var(-1, ddof=1)
    return np.sqrt((draws - 1) / draws + between / within)
