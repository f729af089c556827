"""The features of a toy model: how probable and how important each of them is."""

import numpy as np
from numpy.typing import NDArray

from tegum.studies.toy_superposition.params import Train

Array = NDArray[np.float64]


def probabilities(params: Train) -> Array:
    """Probability of each feature, (feature,)."""
    found = np.full(params.n_features, params.feature_probability)
    found[0] = min(found[0] * params.relative_probability, 1.0)
    return found


def importances(params: Train) -> Array:
    """Importance of each feature, (feature,)."""
    found = params.importance_decay ** np.arange(params.n_features, dtype=float)
    found[-1] *= params.importance_ratio
    return found
