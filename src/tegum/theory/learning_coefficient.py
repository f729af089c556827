"""Real log canonical thresholds (RLCT) that are known, and expectations they are the limit of.

At inverse temperature b the expectation of b times the loss above its minimum tends to the RLCT
lambda as b grows, like lambda - (m - 1) / log(b), m being its multiplicity (Watanabe 2009,
Algebraic Geometry and Statistical Learning Theory). Deep linear networks: Aoyagi 2024 (arXiv
2303.15739); reduced-rank regression, their case of two layers: Aoyagi and Watanabe 2005.
"""

from collections.abc import Sequence
from itertools import combinations
from math import ceil

import numpy as np

GRID = 400
"""Points per parameter of the integral over normal crossings."""


def crossing(exponents: Sequence[int]) -> tuple[float, int]:
    """RLCT and multiplicity of the loss (prod_j w_j^k_j)^2 at the origin."""
    each = [1.0 / (2 * k) for k in exponents if k > 0]
    return min(each), each.count(min(each))


def reduced_rank(n_inputs: int, n_hidden: int, n_outputs: int, rank: int) -> float:
    """RLCT of y = B A x + noise, A (hidden, input), B (output, hidden), of a true rank r."""
    m, h, n, r = n_inputs, n_hidden, n_outputs, rank
    if m + h < n + r:
        return (m * h - h * r + n * r) / 2
    if n + h < m + r:
        return (n * h - h * r + m * r) / 2
    if m + n < h + r:
        return m * n / 2
    odd = (m + h + n + r) % 2
    return (2 * (h + r) * (m + n) + 2 * m * n - (h + r) ** 2 - m**2 - n**2 + odd) / 8


def deep_linear(widths: Sequence[int], rank: int) -> float:
    """RLCT of a linear network of the layer widths input, ..., output, where the truth has a rank.

    With s the widths less the rank, the set M of layers that count is the one of which, l being its
    size less 1, the sum of s is at least l times its largest s and less than l times the smallest
    s outside it.
    """
    spare = [w - rank for w in widths]
    ends = rank * (widths[0] + widths[-1] - rank) / 2
    for size in range(2, len(spare) + 1):
        for chosen in combinations(range(len(spare)), size):
            inside = [spare[i] for i in chosen]
            outside = [s for i, s in enumerate(spare) if i not in chosen]
            several, total = size - 1, sum(inside)
            if total < several * max(inside) or (outside and total >= several * min(outside)):
                continue
            a = total - (ceil(total / several) - 1) * several
            pairs = sum(x * y for x, y in combinations(inside, 2))
            bulk = pairs / 2 - (several - 1) / (4 * several) * total**2
            return ends + a * (several - a) / (4 * several) + bulk
    raise ValueError(f"no set of layers counts: widths {list(widths)}, rank {rank}")


def expected_crossing(
    exponents: Sequence[int], curvature: float, tilt: float, n_beta: float, localisation: float
) -> float:
    """E of n_beta (L(w) - L(0)), L = curvature f^2 / 2 - tilt f, f = w_1^k_1 w_2^k_2.

    Under the density exp(-n_beta L - localisation |w|^2 / 2), by the trapezoidal rule in log |w|
    and a sum over signs, exact to about 1e-4.

    Args:
        exponents: k_1 and k_2.
        curvature: positive.
        tilt: 0 for the population loss; data move the minimum.
        n_beta: samples times inverse temperature.
        localisation: positive; what keeps the density proper.
    """
    size = np.linspace(np.log(1e-12), np.log(9.0), GRID) - 0.5 * np.log(localisation)
    first, second = size[:, None], size[None]
    base = first + second - localisation * (np.exp(2 * first) + np.exp(2 * second)) / 2
    absolute = np.exp(exponents[0] * first + exponents[1] * second)
    signs = [a ** exponents[0] * b ** exponents[1] for a in (1, -1) for b in (1, -1)]
    losses = [n_beta * (curvature * absolute**2 / 2 - s * tilt * absolute) for s in (1, -1)]
    total = moment = 0.0
    lowest = min(float(loss.min()) for loss in losses)
    for s in signs:
        loss = losses[0] if s == 1 else losses[1]
        density = np.exp(base - loss + lowest)
        total += density.sum()
        moment += (density * loss).sum()
    return float(moment / total)


def discretised_quadratic(
    curvature: float, tilt: float, n_beta: float, localisation: float, step_size: float
) -> float:
    """The same of f = w as Langevin steps of a finite size have it, once stationary.

    Each step is w <- w - c (w - minimum) + sqrt(step_size) noise with c = step_size (n_beta
    curvature + localisation) / 2: the variance is step_size / (c (2 - c)). Without tilt and
    localisation the expectation is 1 / (2 - c), 1 / 2 for small steps.
    """
    stiffness = n_beta * curvature + localisation
    c = step_size * stiffness / 2
    middle = n_beta * tilt / stiffness
    variance = step_size / (c * (2 - c))
    return n_beta * (curvature / 2 * (variance + middle**2) - tilt * middle)
