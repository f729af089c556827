"""Fourier analysis of Boolean functions, and what it says of learning a parity by gradients.

A function of n signs is sum over subsets T of a coefficient times the product of the signs in T. At
the start of training, while |f| < 1, the hinge loss's population gradient in the weight of input i
into neuron j is -a_j times a coefficient of the neuron's derivative 1[h_j > 0]: that of S without i
for i in S, and that of S with i outside (Barak et al. 2022, arXiv 2207.08799).
"""

from math import comb

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def walsh(values: Array) -> Array:
    """Fourier coefficients of functions of n signs: (..., 2^n) -> (..., 2^n).

    Place p of the values is the input whose sign i is -1 where bit i of p is 1; place p of the
    coefficients is the subset of the bits of p. By the fast Walsh-Hadamard transform.
    """
    found = np.array(values, float)
    size, step = found.shape[-1], 1
    while step < size:
        pairs = found.reshape(*found.shape[:-1], size // (2 * step), 2, step)
        found = np.stack(
            [pairs[..., 0, :] + pairs[..., 1, :], pairs[..., 0, :] - pairs[..., 1, :]], -2
        )
        found = found.reshape(*values.shape[:-1], size)
        step *= 2
    return found / size


def parity_gradient(active: Array, readout: Array, n_parity: int) -> Array:
    """Population gradient of the hinge loss in the first layer where |f| < 1: (hidden, input).

    Args:
        active: 1 where a neuron fires, (hidden, 2^n), inputs in the order of `walsh`.
        readout: of each neuron, (hidden,).
        n_parity: bits of S, the first ones.
    """
    coefficients = walsh(active)
    n_inputs = int(np.log2(active.shape[-1]))
    subset = 2**n_parity - 1
    places = [subset ^ (1 << i) for i in range(n_inputs)]
    return -readout[:, None] * coefficients[:, places]


def majority_coefficient(n_inputs: int, size: int) -> float:
    """|Fourier coefficient| of the majority of an odd number of signs at a subset of odd size.

    Source: O'Donnell, Analysis of Boolean Functions, theorem 5.19.
    """
    half, inner = (n_inputs - 1) // 2, (size - 1) // 2
    central = comb(n_inputs - 1, half) * 2.0 ** -(n_inputs - 1)
    return comb(half, inner) / comb(n_inputs - 1, size - 1) * central
