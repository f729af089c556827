"""First layers of random weights, as they are used to compute gates of sparse bits.

Rows are inputs: (input, hidden), so that the weights of some inputs are gathered quickly.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tegum.synthetic.draws import EMBEDDER, INIT, Draws

Weights = NDArray[np.float32]


def input_directions(seed: int, n_inputs: int, n_dimensions: int) -> NDArray[np.float64]:
    """Random unit vectors, (input, dimension): inputs in superposition."""
    rows = Draws(seed).normal((n_inputs, n_dimensions), EMBEDDER).astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def gaussian_layer(seed: int, n_inputs: int, width: int, number: int = 0) -> Weights:
    """Independent standard normal weights, (input, hidden); `number` tells layers apart."""
    return Draws(seed).normal((n_inputs, width), INIT, number)


def binary_layer(seed: int, n_inputs: int, width: int, wiring: float) -> Weights:
    """Weights that are 1 with probability `wiring` and else 0: (input, hidden)."""
    return (Draws(seed).uniform((n_inputs, width), INIT) < wiring).astype(np.float32)


def listed_pairs(seed: int, n_inputs: int, count: int) -> NDArray[np.int64]:
    """Distinct pairs of inputs, drawn uniformly: (gate, 2)."""
    every = np.stack(np.triu_indices(n_inputs, 1), axis=1)
    ranks = Draws(seed).uniform((len(every),), EMBEDDER)
    return every[np.argsort(ranks, kind="stable")[:count]]


def targeted_layer(
    seed: int, pairs: NDArray[np.int64], n_inputs: int, width: int, share: float
) -> tuple[Weights, Weights]:
    """A layer that serves listed pairs only: each neuron a `share` of them, at random.

    Args:
        pairs: inputs of each gate: (gate, 2).

    Returns:
        Weights (input, hidden), 1 where a neuron serves a gate of the input; and which gates it
        serves, (gate, hidden).
    """
    serves = (Draws(seed).uniform((len(pairs), width), INIT) < share).astype(np.float32)
    weights = np.zeros((n_inputs, width), np.float32)
    for side in (0, 1):
        np.maximum.at(weights, pairs[:, side], serves)
    return weights, serves


class GateWeights(NamedTuple):
    """A ReLU layer and an affine readoff of every pair of inputs, in lexicographic order."""

    encoder: Weights
    """(input, hidden)."""
    bias: Weights
    """(hidden,)."""
    decoder: Weights
    """(hidden, pair)."""
    offset: Weights
    """(pair,)."""

    def permuted(self) -> "GateWeights":
        """The same, each pair with the readoff of the next one."""
        decoder, offset = np.roll(self.decoder, 1, axis=1), np.roll(self.offset, 1)
        return self._replace(decoder=decoder, offset=offset)


def sparse_network(seed: int, n_inputs: int, width: int, wires: float) -> GateWeights:
    """The sparse binary construction of AND, which has no free parameter.

    Args:
        wires: c; a neuron is wired to an input with probability c / sqrt(width), at most 1.
    """
    encoder = binary_layer(seed, n_inputs, width, min(1.0, wires * width**-0.5))
    first, second = np.triu_indices(n_inputs, 1)
    both = (encoder[first] * encoder[second]).T
    decoder = both / np.maximum(both.sum(0), 1)
    bias, offset = np.full(width, -1.0, np.float32), np.zeros(len(first), np.float32)
    return GateWeights(encoder, bias, decoder, offset)


WORDS = {
    "encoder": (("input", "hidden"), "weight into the hidden layer"),
    "bias": (("hidden",), "bias of the hidden layer"),
    "decoder": (("hidden", "pair"), "weight of the readoff"),
    "offset": (("pair",), "constant of the readoff"),
}
"""Dims and long names of `GateWeights`."""
