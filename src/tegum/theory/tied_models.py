"""What is known of a tied autoencoder x' = ReLU(W^T W x + b) from its weights alone.

Embeddings W are (model, feature, dimension), biases and importances (model, feature). Elhage et al.
2022, "Toy Models of Superposition".
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.metrics import geometry
from tegum.synthetic.quadrature import product_rule
from tegum.theory import toy

Array = NDArray[np.float64]


def summary(
    weight: Array, bias: Array, importance: Array, least_norm: float, neighbour_cosine: float
) -> dict[str, NDArray[Any]]:
    """Superposition and components of features, (model, feature); counts and losses, (model,).

    Args:
        weight: embeddings.
        bias: of the outputs.
        importance: of the features.
        least_norm: above which a feature is represented.
        neighbour_cosine: |What_i . What_j| above which two features are neighbours.
    """
    norm = np.linalg.norm(weight, axis=-1)
    on, size = norm > least_norm, (norm**2).sum(-1)
    member = [geometry.components(w, m, neighbour_cosine) for w, m in zip(weight, on, strict=True)]
    whole = np.full(size.shape, np.nan)
    return {
        "superposition": geometry.superposition(weight),
        "component": np.stack(member),
        "n_represented": on.sum(-1),
        "dimensions_per_feature": np.divide(weight.shape[-1], size, out=whole, where=size > 0),
        "benefit": toy.benefit(weight, importance),
        "interference": toy.interference(weight, importance),
        "one_sparse_loss": toy.one_sparse_loss(weight, bias, importance),
    }


def exact_loss(
    weight: Array, bias: Array, probability: Array, importance: Array, *, nodes: int
) -> float:
    """Loss of one model by a product rule without truncation, for few features."""
    points, mass = product_rule(probability, nodes)
    error = points - np.maximum(points @ weight @ weight.T + bias, 0)
    return float(mass @ (error**2 @ importance))
