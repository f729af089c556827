"""Bases of hidden activations, and integrated gradients through them.

Legend: h activations of one layer, D of them; F what the next layer makes of them; J its Jacobian.

The local interaction basis whitens h by its covariance U Lambda U^T, h_w = Lambda^-1/2 U^T h,
takes the eigenvectors of M = E[J_w^T J_w] = V S V^T, J_w being the Jacobian in h_w, and reads
C h with C = S^1/2 V^T Lambda^-1/2 U^T; directions with S = 0 are dropped. Source: Bushnaq et al.
2024 (Apollo Research), Using degeneracy in the loss landscape for mechanistic interpretability,
and The local interaction basis.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Map = Callable[[Array], Array]
"""Of activations (sample, hidden): outputs (sample, output), or Jacobians (sample, output,
hidden)."""
TOLERANCE = 1e-9
"""Share of the largest eigenvalue below which a direction is dropped."""


class Basis(NamedTuple):
    """Directions in the order of their importance."""

    read: Array
    """C: coordinates are C (h - mean), (direction, hidden)."""
    write: Array
    """Its pseudo-inverse, (hidden, direction)."""
    eigenvalues: Array
    """(direction,)."""


def neuron_basis(activations: Array) -> Basis:
    """The neurons themselves, the most variable first."""
    variance = activations.var(0)
    order = np.argsort(-variance, kind="stable")
    same = np.eye(len(variance))[order]
    return Basis(same, same.T, variance[order])


def pca_basis(activations: Array) -> Basis:
    """Principal directions, of unit length; those without variance are dropped."""
    values, vectors = _eigen(np.atleast_2d(np.cov(activations.T, bias=True)))
    return Basis(vectors.T, vectors, values)


def interaction_basis(activations: Array, jacobians: Array) -> Basis:
    """The local interaction basis of activations (sample, hidden).

    Args:
        activations: of the layer.
        jacobians: of the next layer's coordinates in them, (sample, output, hidden).
    """
    values, vectors = _eigen(np.atleast_2d(np.cov(activations.T, bias=True)))
    colour = vectors * np.sqrt(values)
    flat = (jacobians @ colour).reshape(-1, colour.shape[1])
    strength, turn = _eigen(flat.T @ flat / len(activations))
    read = np.sqrt(strength)[:, None] * (turn.T @ (vectors / np.sqrt(values)).T)
    return Basis(read, colour @ turn / np.sqrt(strength), strength)


def turned_basis(basis: Basis, seed: int) -> Basis:
    """A random rotation within a basis: what has nothing but its span."""
    size = len(basis.read)
    turn = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))[0]
    return Basis(turn @ basis.read, basis.write @ turn.T, basis.eigenvalues)


def _eigen(matrix: Array) -> tuple[Array, Array]:
    """Eigenvalues that are not 0, falling, and their vectors (place, eigenvalue)."""
    values, vectors = np.linalg.eigh(matrix)
    kept = np.flatnonzero(values > TOLERANCE * values[-1])[::-1]
    return values[kept], vectors[:, kept]


def mean_jacobian(jacobian: Map, activations: Array, baseline: Array, points: int) -> Array:
    """Jacobian, mean along the straight path from the baseline, by the midpoint rule:
    (sample, output, hidden)."""
    total: Array | float = 0.0
    for point in range(points):
        share = (point + 0.5) / points
        total = total + jacobian(baseline + share * (activations - baseline))
    return np.asarray(total) / points


def attributions(mean: Array, activations: Array, baseline: Array, basis: Basis) -> Array:
    """Integrated gradients A of outputs in directions: (sample, output, direction).

    A_ji = (x_i - x0_i) times the mean of dF_j / dx_i along the path, x = C h. Source: Sundararajan,
    Taly and Yan 2017. Their sum over i is F_j(x) - F_j(x0) where the basis spans all that F reads.

    Args:
        mean: what `mean_jacobian` gives.
        activations: (sample, hidden).
        baseline: (hidden,).
        basis: of the hidden activations.
    """
    coordinates = (activations - baseline) @ basis.read.T
    return (mean @ basis.write) * coordinates[:, None]


def edges(attributed: Array) -> Array:
    """E_ji, the mean square of attributions: (sample, output, direction) -> (output, direction)."""
    return np.square(attributed).mean(0)


def edge_number(edge: Array) -> float:
    """Directions that an output interacts with, (sum E)^2 / sum E^2, mean over outputs."""
    used = edge[edge.sum(1) > 0]
    return float((used.sum(1) ** 2 / np.square(used).sum(1)).mean()) if len(used) else np.nan


def off_block(edge: Array, modules: NDArray[np.int64]) -> float:
    """Share of the edges' mass outside blocks, each direction belonging to its strongest module.

    Args:
        edge: (output, direction).
        modules: of each output.
    """
    of_module = np.stack([edge[modules == m].sum(0) for m in np.unique(modules)])
    return float(1.0 - of_module.max(0).sum() / of_module.sum())


def overlap(read: Array, relevant: Array) -> float:
    """Share of a subspace that directions span: mean squared cosine of the principal angles.

    Args:
        read: (direction, hidden).
        relevant: an orthonormal basis of the subspace, (hidden, dimension).
    """
    span = np.linalg.qr(read.T)[0]
    return float(np.square(span.T @ relevant).sum() / relevant.shape[1])


def ablation_losses(function: Map, activations: Array, basis: Basis) -> Array:
    """Squared error of the outputs over their variance when the first 0, 1, ... directions are kept
    and the others are at their mean: (kept,)."""
    outputs, middle = function(activations), activations.mean(0)
    variance = np.square(outputs - outputs.mean(0)).sum()
    coordinates = (activations - middle) @ basis.read.T
    found = []
    for kept in range(len(basis.read) + 1):
        there = middle + coordinates[:, :kept] @ basis.write[:, :kept].T
        found.append(np.square(function(there) - outputs).sum() / variance)
    return np.array(found)
