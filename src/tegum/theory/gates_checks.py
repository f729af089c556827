"""The moments of `theory.gates` again, by another way."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from tegum.theory.gates import BITS, SIGNS

NODES, REACH = 120, 9.0
"""Nodes of the quadrature, and its end in standard deviations."""


def moments_by_quadrature(n_active: int) -> NDArray[np.float64]:
    """A[case, pattern] by Gauss-Legendre in both weights; the rest of the sum in closed form.

    Args:
        n_active: at least 3: with 2, nothing smooths the kink of the ReLU.
    """
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    half = REACH * (nodes + 1) / 2
    mass = REACH / 2 * weights * norm.pdf(half)
    found = np.empty((4, 4))
    for case, bits in enumerate(BITS):
        rest = np.sqrt(n_active - bits.sum())
        for pattern, (first, second) in enumerate(SIGNS):
            mean = first * bits[0] * half[:, None] + second * bits[1] * half
            value = mean * norm.cdf(mean / rest) + rest * norm.pdf(mean / rest)
            found[case, pattern] = mass @ value @ mass
    return found
