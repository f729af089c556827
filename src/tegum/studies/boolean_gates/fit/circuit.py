"""Boolean circuits of several layers, each with readoffs of a fresh random layer.

The state is `n_groups` groups of bits, one of each of which is active: the value of the group. A
layer replaces each value by the sum of it and of another group's, modulo the size of a group. A bit
of it is the sum of as many ANDs as a group has bits, of which at most one is on, so that it is read
off like a gate. The number of active bits is always that for which the readoff is unbiased.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.random_layers import Weights, gaussian_layer
from tegum.studies.boolean_gates.entries import Array
from tegum.studies.boolean_gates.params import Circuit
from tegum.studies.boolean_gates.rows import labelled
from tegum.theory.gates import TARGETS, coefficients


def run(
    cells: Sequence[Cell[Circuit]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Rows (cell, depth)."""
    return labelled("fit/circuit", [_row(cell) for cell in cells])


def _row(cell: Cell[Circuit]) -> dict[str, Array]:
    section, rng = cell.params, np.random.default_rng(cell.stream("data"))
    groups, size = section.n_groups, section.group_size
    value = rng.integers(size, size=(section.samples, groups))
    state = np.eye(size, dtype=np.float32)[value].reshape(section.samples, -1)
    # c of AND is one number times the product of both signs.
    factor = np.float32(coefficients(TARGETS["and"], groups)[0] / section.width)
    wrong, rms, largest = [], [], []
    for layer in range(section.depth):
        partner = (np.arange(groups) + rng.integers(1, groups)) % groups
        weights = gaussian_layer(cell.stream("init"), groups * size, section.width, layer)
        hidden = np.maximum(state @ weights, 0)
        state = factor * hidden @ readoffs(weights, partner, size).T
        value = (value + value[:, partner]) % size
        truth = np.eye(size)[value].reshape(section.samples, -1)
        error = state - truth
        wrong.append(((state > 0.5) != (truth > 0.5)).any(1).mean())
        rms.append(np.sqrt((error**2).mean()))
        largest.append(np.abs(error).max(1).mean())
        if section.correction == "clip":
            state = np.clip(2 * state - np.float32(0.5), 0, 1)
    return {
        "circuit_error": np.array(wrong),
        "depth_rms": np.array(rms),
        "depth_largest": np.array(largest),
    }


def readoffs(weights: Weights, partner: np.ndarray, size: int) -> Weights:
    """Of each bit of the next state: the sum of the products of signs of its pairs, (bit, hidden).

    Bit v of group a is on where the values of the group and of its partner add up to v modulo the
    size.
    """
    signs = np.where(weights > 0, np.float32(1), np.float32(-1)).reshape(len(partner), size, -1)
    found = np.zeros_like(signs)
    for first in range(size):
        # Value v - first of the partner: its values, turned by `first` places.
        found += signs[:, first, None] * np.roll(signs[partner], first, axis=1)
    return found.reshape(len(partner) * size, -1)
