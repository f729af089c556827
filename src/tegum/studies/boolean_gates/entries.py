"""Estimates of gates, as readoffs of a random layer give them for pairs of some inputs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.metrics.gates import gate_errors
from tegum.models import random_layers as layers
from tegum.studies.boolean_gates.params import Binary, Gaussian
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
    directions: Array | None
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


def sample(cell: Cell[Section], section: Gaussian | Binary) -> Sample:
    """The inputs of one cell, which do not depend on its layer."""
    block = blocks(cell.stream("data"), section.samples, section.n_inputs, section.block)
    dims = section.n_dimensions if isinstance(section, Gaussian) else 0
    directions = None
    if dims:
        directions = layers.input_directions(cell.stream("data"), section.n_inputs, dims)
    return Sample(block, cycled(section.counts, section.samples), directions)


def gaussian_estimates(
    cell: Cell[Section], section: Gaussian, found: Sample, readers: Indices | None = None
) -> Array:
    """Readoffs of a layer of normal weights, (sample, pair).

    Args:
        readers: of which input's weights a readoff takes the signs, (input,); by default its own.
    """
    target = law.TARGETS[section.gate]
    if section.readoff == "mixture":
        pattern = law.mixture_coefficients(target, section.counts)
        rest = pattern[4] + pattern[5] * found.active.astype(float)
    else:
        pattern, rest = law.coefficients(target, section.n_active), np.zeros(len(found.active))
    rows = found.directions.shape[1] if found.directions is not None else section.n_inputs
    weights = layers.gaussian_layer(cell.stream("init"), rows, section.width)
    if found.directions is not None:
        weights = found.directions.astype(np.float32) @ weights
    signs = np.where(weights > 0, np.float32(1), np.float32(-1))
    if readers is not None:
        signs = signs[readers]
    # c = one + own s_i + other s_j + both s_i s_j
    one, other, own, both = np.linalg.solve(
        np.stack([np.ones(4), law.SIGNS[:, 1], law.SIGNS[:, 0], law.SIGNS.prod(1)], axis=1),
        pattern[:4],
    )
    first, second = found.pairs()
    parts = []
    for hidden, block in _hidden(weights, 0.0, found):
        read = signs[block]
        whole = hidden.mean(1)[:, None]
        alone = np.einsum("nbk,nk->nb", read, hidden, optimize=True) / section.width
        joint = np.matmul(read * hidden[:, None], read.transpose(0, 2, 1)) / section.width
        parts.append(
            one * whole
            + own * alone[:, first]
            + other * alone[:, second]
            + both * joint[:, first, second]
        )
    return np.concatenate(parts).astype(np.float64) + rest[:, None]


def _hidden(weights: layers.Weights, bias: float, found: Sample):
    """Neurons (sample, hidden) and the block of inputs, some samples at a time."""
    for start in range(0, len(found.block), CHUNK):
        block, active = (a[start : start + CHUNK] for a in (found.block, found.active))
        most = int(active.max())
        on = (np.arange(most) < active[:, None]).astype(np.float32)
        before = np.einsum("nak,na->nk", weights[block[:, :most]], on, optimize=True) + bias
        yield np.maximum(before, 0), block


def gaussian_law(section: Gaussian, found: Sample) -> tuple[Array, Array]:
    """Mean and variance over layers of what `gaussian_estimates` gives: two (sample, pair)."""
    case, counts = found.cases(), found.active
    target = law.TARGETS[section.gate]
    if found.directions is None:
        pattern = law.mixture_coefficients(target, section.counts)
        rest = pattern[4:]
        if section.readoff == "fixed":
            pattern, rest = law.coefficients(target, section.n_active), np.zeros(2)
        mean, spread = np.empty(case.shape), np.empty(case.shape)
        for s in section.counts:
            first, second = law.case_moments(s)
            there = counts == s
            m = first @ pattern[:4]
            mean[there] = (m + rest @ [1, s])[case[there]]
            spread[there] = (second @ pattern[:4] ** 2 - m**2)[case[there]]
        return mean, spread / section.width
    embedded, own = _embedded(found)
    first, second = found.pairs()
    vectors = found.directions[found.block]
    between = np.matmul(vectors, vectors.transpose(0, 2, 1))[:, first, second]
    cross = np.stack([embedded[:, first], embedded[:, second]], axis=-1)
    pattern = law.coefficients(target, section.n_active)
    mean, spread = law.readoff_law(
        pattern, np.broadcast_to(own[:, None], between.shape), cross, between
    )
    return mean, spread / section.width


def _embedded(found: Sample) -> tuple[Array, Array]:
    """Inputs as they are read along their own directions, (sample, place), and |z|^2, (sample,)."""
    if found.directions is None:
        return found.on.astype(float), found.active.astype(float)
    vectors = found.directions[found.block]
    z = (vectors * found.on[..., None]).sum(1)
    return np.einsum("npd,nd->np", vectors, z), (z**2).sum(1)


def affine_estimates(target: Array, found: Sample) -> Array:
    """The best a + b (x_i + x_j), in the mean square over cases of equal weight: (sample, pair)."""
    embedded, _ = _embedded(found)
    first, second = found.pairs()
    case = found.cases()
    total = (embedded[:, first] + embedded[:, second]).ravel()
    # 01 and 10 are one kind of pair here: its two cases share their weight.
    weight = np.sqrt(1 / np.bincount(case.ravel(), minlength=4))[case.ravel()]
    design = np.stack([np.ones_like(total), total], axis=1)
    fitted = np.linalg.lstsq(design * weight[:, None], target[case].ravel() * weight, rcond=None)[0]
    return (design @ fitted).reshape(case.shape)


def binary_estimates(
    cell: Cell[Section], section: Binary, found: Sample, readers: Indices | None = None
) -> Array:
    """Means over the neurons that are wired to both inputs of a pair, (sample, pair)."""
    wiring = section.wires * section.width**-0.5
    weights = layers.binary_layer(cell.stream("init"), section.n_inputs, section.width, wiring)
    wired = weights if readers is None else weights[readers]
    first, second = found.pairs()
    parts = []
    for hidden, block in _hidden(weights, -1.0, found):
        read = wired[block]
        across = read.transpose(0, 2, 1)
        shared = np.matmul(read, across)[:, first, second]
        total = np.matmul(read * hidden[:, None], across)[:, first, second]
        parts.append(total / np.maximum(shared, 1))
    return np.concatenate(parts).astype(np.float64)


def targeted_estimates(
    cell: Cell[Section], section: Binary, permuted: bool = False
) -> tuple[Array, Indices]:
    """Readoffs of listed gates, and which case each is: two (sample, gate).

    The bits of one listed pair are 11, 10 or 00, from sample to sample.
    """
    pairs = layers.listed_pairs(cell.stream("data"), section.n_inputs, section.n_gates)
    share = section.wires**2 / section.width
    weights, serves = layers.targeted_layer(
        cell.stream("init"), pairs, section.n_inputs, section.width, share
    )
    bits = listed_bits(
        cell.stream("data"), pairs, section.counts, section.samples, section.n_inputs
    )
    hidden = np.maximum(bits @ weights - 1, 0)
    read = np.roll(serves, 1, axis=0) if permuted else serves
    estimate = hidden @ read.T / np.maximum(read.sum(1), 1)
    case = 2 * bits[:, pairs[:, 0]] + bits[:, pairs[:, 1]]
    return estimate.astype(np.float64), case.astype(np.int64)


def listed_bits(
    seed: int, pairs: Indices, counts: Sequence[int], samples: int, n_inputs: int
) -> layers.Weights:
    """Bits with so many active ones, (sample, input); both, one or none of a listed pair."""
    order = blocks(seed, samples, n_inputs, n_inputs)
    bits, active = np.zeros((samples, n_inputs), np.float32), cycled(counts, samples)
    for number, (row, inputs) in enumerate(zip(bits, order, strict=True)):
        turn, gate = divmod(number, len(pairs))
        of_pair = 2 - (turn + gate) % 3
        rest = inputs[~np.isin(inputs, pairs[gate])]
        row[[*pairs[gate][:of_pair], *rest[: active[number] - of_pair]]] = 1
    return bits


def judged(section: Gaussian | Binary, estimate: Array, case: Indices) -> dict[str, Array]:
    """Errors of estimates of the section's gate; those of `metrics.gates`."""
    target = law.TARGETS[section.gate if isinstance(section, Gaussian) else "and"]
    return gate_errors(estimate.ravel(), case.ravel(), target)
