"""The problems that models are given: values of the features, and moments of the inputs."""

import numpy as np
from numpy.typing import NDArray

from tegum.studies.capacity.params import Train

Array = NDArray[np.float64]

CONTROLS = ("none", "untrained")
"""Models along `control`: the trained ones, and fresh weights of the same shapes."""
UNIFORM_KURTOSIS = 1.8
"""Kurtosis of U[-1, 1]; that of Bernoulli(p) x U[-1, 1] is 1.8 / p."""


def ratios(params: Train) -> Array:
    """Values of v_2 / v_1 that are trained side by side: (ratio,)."""
    reach = np.log(params.ratio_reach)
    return np.exp(np.linspace(-reach, reach, params.ratio_points))


def values(params: Train) -> Array:
    """Values of the features: (feature,), or (ratio, feature) for two features."""
    if params.ratio_points:
        second = ratios(params)
        return np.stack([np.ones_like(second), second], axis=1)
    return np.power(params.value_base, np.arange(params.n_features, dtype=np.float64))


def kurtosis(params: Train) -> float:
    """Kurtosis of the inputs: as given, or of sparse U[-1, 1] where architectures are compared."""
    if params.task == "compare":
        return UNIFORM_KURTOSIS / params.feature_probability
    return params.kurtosis


def null_loss(params: Train) -> float:
    """Loss of the best constant for a sampled network: the variance of its target.

    Sums over features of v^2 Var(x^2), x = Bernoulli(p) U[-1, 1], where the target is
    sum_i v_i x_i^2; of v Var(x), x = Bernoulli(p) U[0, 1], where it is x.
    """
    p, v = params.feature_probability, values(params)
    if params.task == "deep" or params.architecture == "tied_relu":
        return float(v.sum() * (p / 3.0 - p**2 / 4.0))
    return float((v**2).sum() * (p / 5.0 - p**2 / 9.0))
