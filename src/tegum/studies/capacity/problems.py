"""The problems that models are given: values of their features, and what counts as shared."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.studies.capacity.params import Features, Limits, Quadratic
from tegum.theory import quadratic as theory

Array = NDArray[np.float64]

CONTROLS = ("none", "untrained")
"""Models along `control`: the trained ones, and fresh weights of the same shapes."""


def values(params: Features) -> Array:
    """Values of the features: (feature,)."""
    return np.power(params.value_base, np.arange(params.n_features, dtype=np.float64))


def mono_loss(params: Quadratic) -> float:
    """Loss with the most valuable features dedicated and the others ignored."""
    ignored = np.sort(values(params))[: -params.width]
    return float(theory.null_loss(ignored, params.kurtosis))


def shared(capacity: NDArray[Any], limits: Limits) -> NDArray[np.bool_]:
    """Which features are represented and have no dimension to themselves."""
    return (capacity > limits.ignored_below) & (capacity < limits.dedicated_above)


def mono_share(capacity: NDArray[Any], limits: Limits) -> Array:
    """Share of the represented features that are dedicated, over the last axis."""
    represented = (capacity > limits.ignored_below).sum(-1)
    return (capacity > limits.dedicated_above).sum(-1) / np.maximum(represented, 1)
