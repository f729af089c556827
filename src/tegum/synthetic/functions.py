"""Boolean functions of a few bits, as strings of their values, drawn by random parameters.

Place p of a string is the function's value at the input whose bits are those of p, the first input
bit being that of the highest power of 2. Networks and their prior are those of Valle-Pérez, Camargo
and Louis 2019 (arXiv 1805.08522); a perceptron without bias is that of Mingard et al. 2019 (arXiv
1909.11522).
"""

from collections.abc import Callable
from itertools import combinations, pairwise, product
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Floats = NDArray[np.floating]
Architecture = Literal["perceptron", "relu", "tanh", "deep_relu", "polynomial", "lookup"]
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)
DEPTHS = {"perceptron": 0, "relu": 2, "tanh": 2, "deep_relu": 4}
"""Hidden layers of the networks."""
DEGREE = 2
"""Of the polynomials of which a sign is taken."""
CHUNK = 1024
"""Functions that are drawn together."""


def inputs(n_bits: int) -> NDArray[np.float32]:
    """All inputs of 0 and 1, in the order of a string: (input, bit)."""
    return np.array(list(product((0, 1), repeat=n_bits)), np.float32)


def drawn(
    architecture: Architecture,
    count: int,
    seed: int,
    *,
    n_bits: int,
    width: int,
    weight_scale: float,
    bias_scale: float,
) -> Bits:
    """Values f > 0 of functions with random parameters: (function, input).

    Args:
        architecture: a network by name; the sign of a polynomial of the signs of the bits with
            normal coefficients; or fair coins.
        count: how many functions.
        seed: of the stream.
        n_bits: bits of an input.
        width: neurons of each hidden layer.
        weight_scale: standard deviation of weights, times the root of their fan-in.
        bias_scale: standard deviation of biases.
    """
    rng = np.random.default_rng(seed)
    points = inputs(n_bits)
    parts = []
    for start in range(0, count, CHUNK):
        many = min(CHUNK, count - start)
        if architecture == "lookup":
            parts.append(rng.random((many, len(points))) < 0.5)
        elif architecture == "polynomial":
            terms = _monomials(points)
            parts.append(rng.standard_normal((many, terms.shape[1])) @ terms.T > 0)
        else:
            sizes = [n_bits, *[width] * DEPTHS[architecture], 1]
            activation = np.tanh if architecture == "tanh" else _relu
            scales = weight_scale, bias_scale
            parts.append(_network(rng, many, points, sizes, activation, scales))
    return np.concatenate(parts)


def _relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0.0, out=values)


def _network(
    rng: np.random.Generator,
    many: int,
    points: Floats,
    sizes: list[int],
    activation: Callable[[Floats], Floats],
    scales: tuple[float, float],
) -> Bits:
    weight_scale, bias_scale = scales
    values = np.broadcast_to(points, (many, *points.shape))
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        weight = rng.standard_normal((many, fan_in, fan_out), np.float32)
        bias = rng.standard_normal((many, 1, fan_out), np.float32)
        values = values @ (weight * np.float32(weight_scale * fan_in**-0.5))
        values += np.float32(bias_scale) * bias
        if layer < len(sizes) - 2:
            values = activation(values)
    return values[..., 0] > 0


def _monomials(points: np.ndarray) -> np.ndarray:
    """Products of at most `DEGREE` signs: (input, monomial)."""
    signs = 1.0 - 2.0 * points
    sets = [s for d in range(DEGREE + 1) for s in combinations(range(points.shape[1]), d)]
    return np.stack([signs[:, list(s)].prod(1) for s in sets], 1)


def juntas(n_bits: int, n_read: int) -> Bits:
    """All functions that read at most so many of the bits, each once: (function, input)."""
    points = inputs(n_bits).astype(int)
    tables = inputs(2**n_read).astype(bool)
    found = []
    for read in combinations(range(n_bits), n_read):
        place = points[:, list(read)] @ (2 ** np.arange(n_read)[::-1])
        found.append(tables[:, place])
    return np.unique(np.concatenate(found), axis=0)


def parities(n_bits: int) -> Bits:
    """Parities of all subsets of at least two bits: (function, input)."""
    points = inputs(n_bits).astype(int)
    subsets = inputs(n_bits).astype(int)
    return (points @ subsets[subsets.sum(1) > 1].T % 2 == 1).T


def counted(strings: Bits) -> tuple[Bits, NDArray[np.int64]]:
    """Each function once, the most frequent first, and how often it was drawn."""
    packed = np.packbits(strings, axis=1)
    whole = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").ravel()
    _, first, counts = np.unique(whole, return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    return strings[first[order]], counts[order]


def counts_of(wanted: Bits, strings: Bits, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each wanted function was drawn: (wanted,), from what `counted` says."""
    known = {row.tobytes(): n for row, n in zip(np.packbits(strings, axis=1), counts, strict=True)}
    return np.array([known.get(row.tobytes(), 0) for row in np.packbits(wanted, axis=1)])
