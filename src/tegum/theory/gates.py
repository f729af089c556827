"""What random layers of ReLU neurons say of pairs of sparse bits, in closed form.

Inputs are bits of which few are active. Neurons are h_k = ReLU(w_k . x), with independent standard
normal w_ki. The readoff of a pair (i, j) is the mean over neurons of c[signs of (w_ki, w_kj)] h_k.
The four numbers c solve a linear system, one line for each case (x_i, x_j) = 00, 01, 10, 11
(derived after comments by Kaarel and Mendel on Vaintrob, Mendel, Hänni 2024).

Legend: `s` is the number of active inputs; cases and patterns (++, +-, -+, --) are along axes of
size 4. Orthant moments are those of a truncated normal at 0 (Tallis 1961).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog
from scipy.stats import binom

Array = NDArray[np.float64]

CASES = ("00", "01", "10", "11")
"""Values of (x_i, x_j)."""
BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
SIGNS = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
"""Patterns: signs of (w_i, w_j)."""
TARGETS: Mapping[str, Array] = {
    "and": np.array([0.0, 0.0, 0.0, 1.0]),
    "xor": np.array([0.0, 1.0, 1.0, 0.0]),
}
"""A gate to what it says in each case."""


def positive_moments(own: ArrayLike, cross: ArrayLike, between: ArrayLike) -> tuple[Array, Array]:
    """E[v 1(P)] and E[v^2 1(P)], P being the event that v, u_1 and u_2 are positive.

    All are jointly normal with mean 0, and u_1, u_2 have variance 1.

    Args:
        own: variance of v, above 0: (...).
        cross: covariances of v with u_1 and u_2: (..., 2), whose squares are at most `own`.
        between: covariance of u_1 and u_2: (...), below 1 in size.

    Returns:
        Two arrays (...).
    """
    own, cross, rho = np.asarray(own, float), np.asarray(cross, float), np.asarray(between, float)
    first, second = cross[..., 0], cross[..., 1]
    spread = np.sqrt(own)
    at_v = np.sqrt(own / (2 * np.pi)) * _orthant(
        rho - first * second / own, 1 - first**2 / own, 1 - second**2 / own
    )
    at_u = [
        mine * _orthant(other - mine * rho, own - mine**2, 1 - rho**2) / np.sqrt(2 * np.pi)
        for mine, other in ((first, second), (second, first))
    ]
    angles = [_angle(c) for c in (first / spread, second / spread, rho)]
    every = 1 / 8 + sum(angles) / (4 * np.pi)
    # The sum over ordered pairs of truncated variables, those that hold v and the one that does
    # not; the third is positive with probability 1/2 where both are 0.
    with_v = sum(mine * np.sqrt(_positive(own - mine**2)) for mine in (first, second))
    rest = 2 * first * second - rho * (first**2 + second**2)
    pairs = with_v + rest / np.sqrt(1 - rho**2)
    return at_v + sum(at_u), own * every + pairs / (4 * np.pi)


def _orthant(covariance: Array, first: Array, second: Array) -> Array:
    """Probability that two normal variables of mean 0 are both positive."""
    size = np.sqrt(_positive(first) * _positive(second))
    known = size > 1e-12
    return 0.25 + _angle(np.where(known, covariance / np.where(known, size, 1), 0.0)) / (2 * np.pi)


def _angle(correlation: Array) -> Array:
    return np.arcsin(np.clip(correlation, -1.0, 1.0))


def _positive(values: Array) -> Array:
    return np.maximum(values, 0.0)


def pattern_moments(own: ArrayLike, cross: ArrayLike, between: ArrayLike) -> tuple[Array, Array]:
    """E[h 1(pattern)] and E[h^2 1(pattern)] of a neuron, (..., 4) by the signs of its weights.

    Args:
        own: |z|^2 of the input that it reads: (...).
        cross: z . Phi_i and z . Phi_j, Phi being the directions of the two inputs: (..., 2).
        between: Phi_i . Phi_j: (...).
    """
    cross, between = np.asarray(cross, float)[..., None, :], np.asarray(between, float)[..., None]
    own = np.broadcast_to(np.asarray(own, float)[..., None], (*cross.shape[:-2], 4))
    return positive_moments(own, cross * SIGNS, between * SIGNS.prod(1))


def case_moments(n_active: int) -> tuple[Array, Array]:
    """A[case, pattern], the same for h^2; inputs have directions of their own."""
    return pattern_moments(np.full(4, float(n_active)), BITS.astype(float), np.zeros(4))


def coefficients(target: ArrayLike, n_active: int) -> Array:
    """c of each pattern, (4,), which makes the readoff unbiased at exactly `n_active` inputs.

    Args:
        target: what the gate says in each case: (4,).
        n_active: at least 2.
    """
    return np.asarray(np.linalg.solve(case_moments(n_active)[0], np.asarray(target, float)), float)


def mixture_coefficients(target: ArrayLike, counts: Sequence[int]) -> Array:
    """c, a constant and a weight of |x|, (6,): least squares over cases and numbers of inputs.

    No choice is unbiased for several numbers of active inputs at once: a neuron's mean grows like
    the root of the number. All four cases have equal weight.

    Args:
        target: as for `coefficients`.
        counts: numbers of active inputs, equally likely, each at least 2.
    """
    rows = [np.column_stack([case_moments(s)[0], np.ones(4), np.full(4, float(s))]) for s in counts]
    design, wanted = np.concatenate(rows), np.tile(np.asarray(target, float), len(counts))
    return np.asarray(np.linalg.lstsq(design, wanted, rcond=None)[0], float)


def mixture_bias(target: ArrayLike, counts: Sequence[int]) -> float:
    """Root mean square bias that `mixture_coefficients` leaves, over cases and numbers."""
    c, wanted = mixture_coefficients(target, counts), np.asarray(target, float)
    means = np.array([case_moments(s)[0] @ c[:4] + c[4] + c[5] * s for s in counts])
    return float(np.sqrt(np.mean((means - wanted) ** 2)))


def readoff_law(
    pattern: ArrayLike, own: ArrayLike, cross: ArrayLike, between: ArrayLike
) -> tuple[Array, Array]:
    """Mean of the readoff over draws of the layer, and variance times the width: two (...).

    Args:
        pattern: c: (4,).
        own, cross, between: as for `pattern_moments`.
    """
    c = np.asarray(pattern, float)
    first, second = pattern_moments(own, cross, between)
    mean = first @ c
    return mean, second @ c**2 - mean**2


def gaussian_constant(target: ArrayLike, n_active: int) -> Array:
    """C of each case, (4,): the standard deviation of the error is C / sqrt(width)."""
    first, second = case_moments(n_active)
    c = np.linalg.solve(first, np.asarray(target, float))
    return np.sqrt(second @ c**2 - (first @ c) ** 2)


def binary_law(n_active: int, wiring: float, width: int) -> tuple[Array, Array, float]:
    """Mean and variance of the sparse binary readoff in each case, and how many wired neurons.

    A neuron is wired to an input with probability `wiring` and fires beyond one active input; the
    readoff is the mean over neurons that are wired to both inputs of a pair, and 0 without any.

    Returns:
        (4,), (4,) and the expected number of neurons that are wired to both.
    """
    counts = np.arange(1, width + 1)
    chance = binom.pmf(counts, width, wiring**2)
    some, inverse = chance.sum(), (chance / counts).sum()
    mean, variance = np.empty(4), np.empty(4)
    for case, bits in enumerate(BITS):
        others = n_active - bits.sum()
        fired = np.maximum(bits.sum() + np.arange(others + 1) - 1, 0)
        p = binom.pmf(np.arange(others + 1), others, wiring)
        one = p @ fired
        spread = p @ fired**2 - one**2
        mean[case] = some * one
        variance[case] = inverse * spread + some * (1 - some) * one**2
    return mean, variance, width * wiring**2


def affine_error(target: ArrayLike) -> float:
    """Least largest error over the four cases of a + b x_i + c x_j, by linear programming.

    1/4 for AND, 1/2 for XOR: below 1/2 a threshold tells the gate, at 1/2 it cannot.
    """
    design = np.column_stack([np.ones(4), BITS])
    signed = np.concatenate([design, -design])
    limits = np.concatenate([t := np.asarray(target, float), -t])
    whole = np.column_stack([signed, -np.ones(8)])
    free = [(None, None)] * 4
    return float(linprog([0, 0, 0, 1], A_ub=whole, b_ub=limits, bounds=free).fun)


def expected_largest(count: ArrayLike) -> Array:
    """sqrt(2 ln N), about the largest of N standard normal numbers."""
    return np.sqrt(2 * np.log(np.asarray(count, float)))


def naive_loss(n_features: int, width: int, probability: float) -> float:
    """Squared error per feature where `width` of the features get a ReLU neuron each, others none.

    Features are U(-1, 1) with a probability, else 0; the target is their ReLU.
    """
    return (1 - width / n_features) * probability / 6
