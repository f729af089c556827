"""Sparse features and their embedding (Jermyn, Schiefer, Hubinger 2022, arXiv 2211.09169).

A feature is Bernoulli(p_i) x U(0, 1]. It costs one uniform draw v: max(0, 1 - v / p_i) is zero with
probability 1 - p_i and otherwise uniform, which is the law of ``v / p_i where v < p_i``, without a
comparison and a selection.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.synthetic.draws import EMBEDDER, Draws

FrequencyLaw = Literal["uniform", "power_law"]

POWER_LAW_EXPONENT = 1.1


def feature_probabilities(
    law: FrequencyLaw, n_features: int, feature_probability: float
) -> np.ndarray:
    """The probability that each feature is active: (feature,) float64.

    ``uniform``: all equal. ``power_law``: p_i proportional to i^-1.1, scaled to the sum
    ``n_features * feature_probability``, then clipped at 1 and *not* normalised again, so that the
    realised expected number of active features may lie below that sum.
    """
    if not 0.0 < feature_probability <= 1.0:
        raise TegumError(
            f"feature_probability is {feature_probability}; give a number above 0 and at most 1."
        )
    if law == "uniform":
        return np.full(n_features, float(feature_probability))
    if law == "power_law":
        weights = np.arange(1, n_features + 1, dtype=np.float64) ** -POWER_LAW_EXPONENT
        return np.minimum(weights * (n_features * feature_probability / weights.sum()), 1.0)
    raise TegumError(f"unknown frequency law {law!r}; give 'uniform' or 'power_law'.")


def checked_probabilities(probabilities: np.ndarray, cells: int) -> np.ndarray:
    """Of features, (cell, feature) float64. Raises `TegumError` where they are no such."""
    found = np.asarray(probabilities, dtype=np.float64)
    if found.ndim != 2 or len(found) != cells:
        raise TegumError(
            f"probabilities have shape {found.shape} for {cells} cells; give an array (cell, "
            "feature)."
        )
    if not ((found > 0.0) & (found <= 1.0)).all():
        raise TegumError("a feature probability lies outside (0, 1].")
    return found


def embedder(n_features: int, n_inputs: int, seed: int) -> np.ndarray:
    """Unit-norm feature directions, columns of P: (input, feature) float32.

    A Gaussian (feature, input) matrix is replaced by the left factor of its thin singular value
    decomposition, whose rows are then normalised. ``n_inputs`` must not exceed ``n_features``.
    """
    if n_inputs > n_features:
        raise TegumError(
            f"n_inputs ({n_inputs}) exceeds n_features ({n_features}); the thin SVD has no such "
            "factor. Give n_inputs at most n_features."
        )
    gaussian = Draws(seed).normal((n_features, n_inputs), EMBEDDER).astype(np.float64)
    left = np.linalg.svd(gaussian, full_matrices=False)[0]
    rows = left / np.linalg.norm(left, axis=1, keepdims=True)
    return np.ascontiguousarray(rows.T.astype(np.float32))


def sparse_features(magnitude: Tensor, inverse_probability: Tensor) -> Tensor:
    """max(0, 1 - v / p): features from uniform draws.

    Arguments: ``magnitude`` v (..., sample, feature), uniform on [0, unit]; ``inverse_probability``
    1 / (p unit), broadcastable to it. Returns a new tensor of the broadcast shape.
    """
    one = torch.ones((), dtype=magnitude.dtype, device=magnitude.device)
    return torch.addcmul(one, magnitude, inverse_probability, value=-1.0).clamp_(min=0.0)
