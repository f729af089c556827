"""What the bases of one layer say of one map."""

from typing import Any

import numpy as np

from tegum.metrics import interactions as metrics
from tegum.metrics.interactions import Array, Basis, Map


def bases(activations: Array, jacobians: Array, seed: int) -> dict[str, Basis]:
    """The bases of a layer by method, in the order of `METHODS`."""
    local = metrics.interaction_basis(activations, jacobians)
    return {
        "neuron": metrics.neuron_basis(activations),
        "pca": metrics.pca_basis(activations),
        "lib": local,
        "turned": metrics.turned_basis(local, seed),
    }


def judged(
    function: Map, jacobian: Map, activations: Array, points: int, seed: int
) -> tuple[dict[str, Any], dict[str, Basis], dict[str, Array]]:
    """Ablation losses and numbers of edges by method, padded; the bases; their edges."""
    found = bases(activations, jacobian(activations), seed)
    baseline = activations.mean(0)
    mean = metrics.mean_jacobian(jacobian, activations, baseline, points)
    edge = {
        name: metrics.edges(metrics.attributions(mean, activations, baseline, basis))
        for name, basis in found.items()
    }
    most = activations.shape[1]
    losses = [metrics.ablation_losses(function, activations, basis) for basis in found.values()]
    values = {
        "ablation_loss": np.stack([padded(loss, most + 1) for loss in losses]),
        "edge_number": [metrics.edge_number(e) for e in edge.values()],
        "n_directions": [len(basis.read) for basis in found.values()],
    }
    return values, found, edge


def padded(values: Array, size: int) -> Array:
    """Values with NaN behind them along the last axis."""
    wide = np.full((*values.shape[:-1], size), np.nan)
    wide[..., : values.shape[-1]] = values
    return wide
