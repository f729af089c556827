"""Small circuits that rotate a point in the plane, layer by layer, and inputs that use a few.

A circuit of layer l + 1 takes the sum of the points of its parents in layer l that are active, and
turns it by its own angle. In parallel each circuit is its own only parent; in series its parents
are drawn, some maybe more often than others.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, identity

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rotations:
    """Circuits of all layers."""

    angles: Floats
    """By how much each turns: (layer, circuit)."""
    parents: tuple[csr_array, ...]
    """Of each layer, 1 where a circuit (row) reads one of the layer before (column)."""

    def turned(self, layer: int, points: Floats) -> Floats:
        """What all circuits of a layer make of all points: (circuit, 2, sample) to the same."""
        count, _, samples = points.shape
        routed = (self.parents[layer] @ points.reshape(count, -1)).reshape(count, 2, samples)
        cos, sin = (f(self.angles[layer])[:, None] for f in (np.cos, np.sin))
        x, y = routed[:, 0], routed[:, 1]
        return np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)


@dataclass(frozen=True)
class Uses:
    """Inputs: which circuits are active in which layer, and the points that they hold."""

    active: NDArray[np.bool_]
    """(layer + 1, circuit, sample)."""
    points: Floats
    """Exact ones, 0 where inactive: (layer + 1, circuit, 2, sample)."""


def use_probabilities(n_circuits: int, exponent: float) -> Floats:
    """Chance of each circuit to be read by a given other: Zipf's law, uniform at exponent 0."""
    weights = np.arange(1, n_circuits + 1, dtype=float) ** -exponent
    return weights / weights.sum()


def rotations(
    n_circuits: int, depth: int, fan_in: int | None, exponent: float, seed: int
) -> Rotations:
    """Random angles and, where a fan-in is given, as many random distinct parents each."""
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0.0, 2.0 * np.pi, (depth, n_circuits))
    if fan_in is None:
        return Rotations(angles, (csr_array(identity(n_circuits)),) * depth)
    log_chance = np.log(use_probabilities(n_circuits, exponent))
    parents = []
    for _ in range(depth):
        # The largest of log p + Gumbel noise are a sample without replacement.
        drawn = log_chance + rng.gumbel(size=(n_circuits, n_circuits))
        chosen = np.argpartition(-drawn, fan_in - 1, axis=1)[:, :fan_in]
        rows = np.repeat(np.arange(n_circuits), fan_in)
        ones = np.ones(rows.size)
        parents.append(csr_array((ones, (rows, chosen.ravel())), shape=(n_circuits, n_circuits)))
    return Rotations(angles, tuple(parents))


def uses(circuits: Rotations, n_active: int, samples: int, seed: int) -> Uses:
    """Inputs of which each uses `n_active` circuits of the last layer, and what these need.

    Going back, one parent of each active circuit is active, drawn at random. Where two need the
    same one, fewer are active.
    """
    rng = np.random.default_rng(seed)
    depth, count = circuits.angles.shape
    active = np.zeros((depth + 1, count, samples), bool)
    for sample in range(samples):
        here = rng.choice(count, n_active, replace=False)
        active[depth, here, sample] = True
        for layer in range(depth - 1, -1, -1):
            table = circuits.parents[layer]
            starts = table.indptr[here]
            sizes = table.indptr[here + 1] - starts
            here = np.unique(table.indices[starts + rng.integers(sizes)])
            active[layer, here, sample] = True
    angle = rng.uniform(0.0, 2.0 * np.pi, (count, samples))
    points = [np.stack([np.cos(angle), np.sin(angle)], axis=1) * active[0][:, None]]
    for layer in range(depth):
        points.append(circuits.turned(layer, points[-1]) * active[layer + 1][:, None])
    return Uses(active, np.stack(points))
