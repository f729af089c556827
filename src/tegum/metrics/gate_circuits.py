"""Boolean circuits of several layers, each read off a fresh random layer.

The state is groups of bits, one of each of which is active: the value of the group. A layer
replaces each value by the sum of it and of another group's, modulo the size of a group. A bit of
that is the sum of as many ANDs as a group has bits, of which at most one is on, so that it is read
off like a gate. The number of active bits is always that for which the readoff is unbiased.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tegum.models.gate_sections import Circuit
from tegum.models.random_layers import Weights, gaussian_layer
from tegum.theory.gates import TARGETS, coefficients

ERRORS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "circuit_error": (("depth",), "share of inputs with a wrong bit"),
    "depth_rms": (("depth",), "root mean square error"),
    "depth_largest": (("depth",), "largest error, mean over inputs"),
}
"""What `circuit_errors` says after each layer: dims and long name."""


def circuit_errors(section: Circuit, seeds: tuple[int, int]) -> dict[str, NDArray[np.float64]]:
    """Errors after each layer, those of `ERRORS`, at inputs that are drawn uniformly.

    Args:
        section: shape of the state and of the layers; its correction ``clip`` is clip(2 y - 1/2, 0,
            1).
        seeds: streams of the inputs and the wiring, and of the weights.
    """
    n_groups, size, depth = section.n_groups, section.group_size, section.depth
    rng = np.random.default_rng(seeds[0])
    value = rng.integers(size, size=(section.samples, n_groups))
    state = np.eye(size, dtype=np.float32)[value].reshape(section.samples, -1)
    # c of AND is one number times the product of both signs.
    factor = np.float32(coefficients(TARGETS["and"], n_groups)[0] / section.width)
    wrong, rms, largest = np.empty((3, depth))
    for layer in range(depth):
        partner = (np.arange(n_groups) + rng.integers(1, n_groups)) % n_groups
        weights = gaussian_layer(seeds[1], n_groups * size, section.width, layer)
        hidden = np.maximum(state @ weights, 0)
        state = factor * hidden @ sum_readoffs(weights, partner, size).T
        value = (value + value[:, partner]) % size
        truth = np.eye(size)[value].reshape(section.samples, -1)
        error = state - truth
        wrong[layer] = ((state > 0.5) != (truth > 0.5)).any(1).mean()
        rms[layer] = np.sqrt((error**2).mean())
        largest[layer] = np.abs(error).max(1).mean()
        if section.correction == "clip":
            state = np.clip(2 * state - np.float32(0.5), 0, 1)
    return {"circuit_error": wrong, "depth_rms": rms, "depth_largest": largest}


def sum_readoffs(weights: Weights, partner: NDArray[np.int64], size: int) -> Weights:
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
