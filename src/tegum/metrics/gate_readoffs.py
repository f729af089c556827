"""Estimates of gates of pairs of sparse bits, as readoffs of a random first layer give them.

Weights are (input, hidden). Of each sample only the pairs of a block of inputs are read, the active
ones among them, so that the cost does not grow with the number of inputs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tegum.models.random_layers import Weights
from tegum.synthetic.active_bits import blocks, cycled
from tegum.theory import gates as law

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
CHUNK = 64
"""Samples whose blocks are gathered at once."""


@dataclass(frozen=True)
class Sample:
    """Inputs, the pairs of a block of bits of each, and how inputs are embedded."""

    block: Indices
    """Distinct inputs, (sample, place); the first `active` of a sample are 1."""
    active: Indices
    """(sample,)."""
    directions: Array | None = None
    """Of the inputs, (input, dimension); None where each has a dimension of its own."""

    @property
    def on(self) -> NDArray[np.bool_]:
        """The bits of the block: (sample, place)."""
        return np.arange(self.block.shape[1]) < self.active[:, None]

    def pairs(self) -> tuple[Indices, Indices]:
        """Places of each pair; every second one is turned round, so that 01 occurs as well."""
        first, second = np.triu_indices(self.block.shape[1], 1)
        turned = (first + second) % 2 == 1
        return np.where(turned, second, first), np.where(turned, first, second)

    def cases(self) -> Indices:
        """Which case each pair is: (sample, pair)."""
        on = self.on.astype(np.int64)
        first, second = self.pairs()
        return 2 * on[:, first] + on[:, second]

    def embedded(self) -> tuple[Array, Array]:
        """Inputs as read along their own directions, (sample, place), and |z|^2, (sample,)."""
        if self.directions is None:
            return self.on.astype(float), self.active.astype(float)
        vectors = self.directions[self.block]
        z = (vectors * self.on[..., None]).sum(1)
        return np.einsum("npd,nd->np", vectors, z), (z**2).sum(1)


def gaussian_estimates(
    weights: Weights, readers: Weights, coefficients: Array, found: Sample
) -> Array:
    """Means over neurons of c[signs of both weights] h, (sample, pair).

    Args:
        weights: of the layer, (input, hidden); its biases are 0.
        readers: weights of which each input's readoff takes the signs; by rights the same.
        coefficients: c of the four patterns; then, if there are six, a constant and a weight of
            the number of active inputs.
        found: the inputs.
    """
    signs = np.where(readers > 0, np.float32(1), np.float32(-1))
    # c = one + own s_i + other s_j + both s_i s_j
    design = np.stack([np.ones(4), *law.SIGNS.T, law.SIGNS.prod(1)], axis=1)
    one, own, other, both = np.linalg.solve(design, coefficients[:4])
    first, second = found.pairs()
    width, parts = weights.shape[1], []
    for hidden, block in _hidden(weights, 0.0, found):
        read = signs[block]
        alone = np.einsum("nbk,nk->nb", read, hidden, optimize=True) / width
        joint = np.matmul(read * hidden[:, None], read.transpose(0, 2, 1)) / width
        sides = own * alone[:, first] + other * alone[:, second]
        parts.append(one * hidden.mean(1)[:, None] + sides + both * joint[:, first, second])
    constant, slope = coefficients[4:] if len(coefficients) == 6 else (0.0, 0.0)
    rest = constant + slope * found.active.astype(float)
    return np.concatenate(parts).astype(np.float64) + rest[:, None]


def gaussian_law(coefficients: Array, width: int, found: Sample) -> tuple[Array, Array]:
    """Mean and variance over layers of what `gaussian_estimates` gives: two (sample, pair)."""
    c = coefficients[:4]
    if found.directions is None:
        case = found.cases()
        mean, spread = np.empty(case.shape), np.empty(case.shape)
        for s in np.unique(found.active):
            there = found.active == s
            known = law.readoff_law(c, np.full(4, float(s)), law.BITS, np.zeros(4))
            mean[there], spread[there] = (one[case[there]] for one in known)
        if len(coefficients) == 6:
            mean += coefficients[4] + coefficients[5] * found.active[:, None]
        return mean, spread / width
    embedded, own = found.embedded()
    first, second = found.pairs()
    vectors = found.directions[found.block]
    between = np.matmul(vectors, vectors.transpose(0, 2, 1))[:, first, second]
    cross = np.stack([embedded[:, first], embedded[:, second]], axis=-1)
    whole = np.broadcast_to(own[:, None], between.shape)
    mean, spread = law.readoff_law(c, whole, cross, between)
    return mean, spread / width


def affine_estimates(target: Array, found: Sample) -> Array:
    """The best a + b (x_i + x_j), in the mean square over cases of equal weight: (sample, pair)."""
    embedded, _ = found.embedded()
    first, second = found.pairs()
    case = found.cases().ravel()
    total = (embedded[:, first] + embedded[:, second]).ravel()
    weight = np.sqrt(1 / np.bincount(case, minlength=4))[case]
    design = np.stack([np.ones_like(total), total], axis=1)
    fitted = np.linalg.lstsq(design * weight[:, None], target[case] * weight, rcond=None)[0]
    return (design @ fitted).reshape(len(found.block), -1)


def binary_estimates(weights: Weights, readers: Weights, found: Sample) -> Array:
    """Means over the neurons that are wired to both inputs of a pair, (sample, pair).

    Args:
        weights: wires of the layer, 0 or 1, (input, hidden); its biases are -1.
        readers: wires by which each input is read; by rights the same.
        found: the inputs.
    """
    first, second = found.pairs()
    parts = []
    for hidden, block in _hidden(weights, -1.0, found):
        read = readers[block]
        across = read.transpose(0, 2, 1)
        shared = np.matmul(read, across)[:, first, second]
        total = np.matmul(read * hidden[:, None], across)[:, first, second]
        parts.append(total / np.maximum(shared, 1))
    return np.concatenate(parts).astype(np.float64)


def _hidden(weights: Weights, bias: float, found: Sample) -> Iterator[tuple[Weights, Indices]]:
    """Neurons (sample, hidden) and the block of inputs, some samples at a time."""
    for start in range(0, len(found.block), CHUNK):
        block, active = (a[start : start + CHUNK] for a in (found.block, found.active))
        most = int(active.max())
        on = (np.arange(most) < active[:, None]).astype(np.float32)
        before = np.einsum("nak,na->nk", weights[block[:, :most]], on, optimize=True) + bias
        yield np.maximum(before, 0), block


def listed_estimates(
    bits: Weights, pairs: Indices, weights: Weights, serves: Weights
) -> tuple[Array, Indices]:
    """Means over the neurons that serve each listed gate, and its case: two (sample, gate).

    Args:
        bits: (sample, input).
        pairs: inputs of each gate: (gate, 2).
        weights: wires of the layer, (input, hidden); its biases are -1.
        serves: which gates a neuron serves, (gate, hidden).
    """
    hidden = np.maximum(bits @ weights - 1, 0)
    estimate = hidden @ serves.T / np.maximum(serves.sum(1), 1)
    case = 2 * bits[:, pairs[:, 0]] + bits[:, pairs[:, 1]]
    return estimate.astype(np.float64), case.astype(np.int64)


def listed_bits(
    seed: int, pairs: Indices, counts: Sequence[int], samples: int, n_inputs: int
) -> Weights:
    """Bits with so many active ones, (sample, input); both, one or none of a listed pair."""
    order = blocks(seed, samples, n_inputs, n_inputs)
    bits, active = np.zeros((samples, n_inputs), np.float32), cycled(counts, samples)
    for number, (row, inputs) in enumerate(zip(bits, order, strict=True)):
        turn, gate = divmod(number, len(pairs))
        of_pair = 2 - (turn + gate) % 3
        rest = inputs[~np.isin(inputs, pairs[gate])]
        row[[*pairs[gate][:of_pair], *rest[: active[number] - of_pair]]] = 1
    return bits
