"""What random directions imply for probes and steering vectors, to leading order in their number.

Activations are x = V^T f with G unit rows v_i of V in d dimensions, independent and isotropic, and
independent features of equal variance; p_i is the least-squares probe of f_i. `ratio` is G / d.

For G < d the probe is the part of v_i that is orthogonal to all other rows, rescaled. For G > d it
is (V^T V)^-1 v_i, and the moments of the inverse Marchenko-Pastur law, taken over the rows other
than v_i (Sherman-Morrison), give the rest.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def probe_cosine(ratio: ArrayLike, common_weight: ArrayLike = 0.0) -> Array:
    """cos(p_i, v_i): sqrt(1 - G/d) for G <= d, sqrt(1 - d/G) beyond; broadcasts.

    A common direction of weight rho in every row is explained by the other rows (many, and rho well
    above 1/G), so that the probe has none of it: another factor sqrt(1 - rho).
    """
    r = np.asarray(ratio, float)
    return np.sqrt((1 - np.minimum(r, 1 / r)) * (1 - np.asarray(common_weight, float)))


def explained_variance(ratio: ArrayLike) -> Array:
    """Mean R^2 of the probes over the features: min(1, d/G), whatever the rows of V.

    The R^2 of feature i is the leverage of row i of V, and leverages sum to the rank.
    """
    return np.minimum(1.0, 1 / np.asarray(ratio, float))


def offtarget(vector: str, reader: str, ratio: ArrayLike) -> Array:
    """Root of the summed squared effects on all other features, over the effect on the own one.

    Args:
        vector: what is added to the activations, `probe` or `representation`.
        reader: by what effects are read: the `probes` themselves; random `logits`, where the
            effect of the representation vector is the intended one; `tied` weights, V x.
        ratio: G / d; infinite values where it is 1.
    """
    r = np.asarray(ratio, float)
    with np.errstate(divide="ignore"):
        beyond = np.maximum(r - 1, 0)
        spread = np.where(r < 1, r / np.abs(1 - r), 1 / np.abs(r - 1))
        table = {
            ("probe", "probes"): np.where(r < 1, spread, r + spread),
            ("probe", "logits"): spread,
            ("probe", "tied"): beyond,
            ("representation", "probes"): beyond,
            ("representation", "logits"): np.zeros_like(r),
            ("representation", "tied"): r,
        }
    return np.sqrt(table[vector, reader])
