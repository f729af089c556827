"""Bases of activations whose relevant subspace and modules are known."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics import interactions as metrics
from tegum.studies.interaction_basis.bases import judged, padded
from tegum.studies.interaction_basis.params import Planted
from tegum.studies.interaction_basis.schema import METHODS, SCHEMAS


def by_cell(sweep: SweepView[Planted], rows: Rows) -> xr.Dataset:
    """What each basis finds of each model: (cell, method, ...)."""
    found = [_measured(cell) for cell in sweep.cells]
    values = {name: [f[name] for f in found] for name in found[0]}
    return SCHEMAS["measure/planted"].dataset(values, {"method": list(METHODS)})


def _measured(cell: Cell[Planted]) -> dict:
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    size, k = p.n_relevant + p.n_irrelevant, p.n_relevant
    rotation = np.linalg.qr(rng.standard_normal((size, size)))[0]
    sources = rng.standard_normal((p.samples, size))
    if p.decorrelated:
        sources -= sources.mean(0)
        sources = np.linalg.qr(sources)[0] * p.samples**0.5
    sources[:, :k] *= p.relevant_scale
    sources[:, k:] *= p.irrelevant_scale
    activations = sources @ rotation.T
    half = k // 2
    weights = np.zeros((k, k))
    weights[:half, :half] = rng.standard_normal((half, half))
    weights[half:, half:] = rng.standard_normal((half, half))
    if p.next_layer == "linear":
        weights = rng.standard_normal((k, k))
    weights = weights @ rotation[:, :k].T
    function, jacobian = _map(weights, p.next_layer == "linear")
    values, found, edge = judged(function, jacobian, activations, p.points, cell.stream("control"))
    modules = np.repeat([0, 1], half)
    relevant = rotation[:, :k]
    return values | {
        "eigenvalue": [padded(b.eigenvalues, size) for b in found.values()],
        "edge": [padded(e, size) for e in edge.values()],
        "subspace_overlap": [metrics.overlap(b.read[:k], relevant) for b in found.values()],
        "off_block": [metrics.off_block(e, modules) for e in edge.values()],
        "off_diagonal": _off_diagonal(function, jacobian, activations, p.points),
    }


def _map(weights: np.ndarray, linear: bool) -> tuple[Callable, Callable]:
    """W h or tanh(W h), and its Jacobian."""
    if linear:
        return (lambda h: h @ weights.T), (
            lambda h: np.broadcast_to(weights, (len(h), *weights.shape))
        )
    return (
        lambda h: np.tanh(h @ weights.T),
        lambda h: (1.0 - np.tanh(h @ weights.T) ** 2)[..., None] * weights,
    )


def _off_diagonal(
    function: Callable, jacobian: Callable, activations: np.ndarray, points: int
) -> float:
    """Share of the mass of interactions off the diagonal, outputs in their principal directions."""
    final = metrics.pca_basis(function(activations)).read
    basis = metrics.interaction_basis(activations, final @ jacobian(activations))
    middle = activations.mean(0)
    mean = final @ metrics.mean_jacobian(jacobian, activations, middle, points)
    edge = metrics.edges(metrics.attributions(mean, activations, middle, basis))
    return float(1.0 - np.diag(edge).sum() / edge.sum())
