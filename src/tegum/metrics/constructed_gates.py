"""Readoffs of one constructed layer of gates, their errors, and what these should be.

What is constructed is said by a section of `tegum.models.gate_sections`. Controls of a readoff are
``permuted``, in which each pair is read by the readoff of another, and ``affine``, the best affine
function of the inputs themselves, which needs no layer.
"""

from collections.abc import Callable

import numpy as np

from tegum.metrics import gate_readoffs as readoffs
from tegum.metrics.gate_readoffs import Array, Indices, Sample
from tegum.metrics.gates import LAWS, gate_errors
from tegum.models import random_layers as layers
from tegum.models.gate_sections import Binary, Gaussian
from tegum.synthetic.active_bits import blocks, cycled
from tegum.theory import gates as law

Streams = Callable[[str], int]
"""Of a cell: from a purpose, ``data``, ``init`` or ``control``, to its random stream."""


def constructed_errors(
    section: Gaussian | Binary, stream: Streams, control: str = "none"
) -> dict[str, Array]:
    """Errors of a section's readoff, or of a control of it: those of `gate_errors`."""
    estimate, case = estimates(section, stream, control)
    return gate_errors(estimate.ravel(), case.ravel(), _target(section))


def estimates(
    section: Gaussian | Binary, stream: Streams, control: str = "none"
) -> tuple[Array, Indices]:
    """Readoffs, and which case each pair is: two (sample, pair)."""
    inputs = sampled(section, stream)
    if control == "affine":
        return readoffs.affine_estimates(_target(section), inputs), inputs.cases()
    permuted, seed = control == "permuted", stream("init")
    if isinstance(section, Binary) and section.targeted:
        return _targeted(section, stream, permuted)
    order = np.arange(section.n_inputs)
    if permuted:
        order = blocks(stream("control"), 1, section.n_inputs, section.n_inputs)[0]
    if isinstance(section, Binary):
        weights = layers.binary_layer(seed, section.n_inputs, section.width, section.wiring)
        return readoffs.binary_estimates(weights, weights[order], inputs), inputs.cases()
    if inputs.directions is None:
        weights = layers.gaussian_layer(seed, section.n_inputs, section.width)
    else:
        inner = layers.gaussian_layer(seed, section.n_dimensions, section.width)
        weights = inputs.directions.astype(np.float32) @ inner
    read = weights[order], coefficients(section)
    return readoffs.gaussian_estimates(weights, *read, inputs), inputs.cases()


def _targeted(section: Binary, stream: Streams, permuted: bool) -> tuple[Array, Indices]:
    data, n = stream("data"), section.n_inputs
    pairs = layers.listed_pairs(data, n, section.n_gates)
    weights, serves = layers.targeted_layer(
        stream("init"), pairs, n, section.width, section.wires**2 / section.width
    )
    bits = readoffs.listed_bits(data, pairs, section.counts, section.samples, n)
    read = np.roll(serves, 1, axis=0) if permuted else serves
    return readoffs.listed_estimates(bits, pairs, weights, read)


def sampled(section: Gaussian | Binary, stream: Streams) -> Sample:
    """The inputs of a section, which do not depend on its layer."""
    seed = stream("data")
    block = blocks(seed, section.samples, section.n_inputs, section.block)
    active = cycled(section.counts, section.samples)
    if isinstance(section, Binary) or not section.n_dimensions:
        return Sample(block, active)
    directions = layers.input_directions(seed, section.n_inputs, section.n_dimensions)
    return Sample(block, active, directions)


def coefficients(section: Gaussian) -> Array:
    """What a neuron counts by the signs of its weights, and what the mixture adds."""
    if section.readoff == "mixture":
        return law.mixture_coefficients(_target(section), section.counts)
    return law.coefficients(_target(section), section.n_active)


def _target(section: Gaussian | Binary) -> Array:
    """What the gate says in each case: (4,)."""
    return law.TARGETS[section.gate if isinstance(section, Gaussian) else "and"]


def gate_law(section: Gaussian | Binary, stream: Streams) -> dict[str, Array]:
    """Errors in closed form, (case,): those of `LAWS`; NaN where a case does not occur.

    Of a sparse layer also ``shared``, the expected number of neurons that serve a pair. Targeted
    gates have no closed form here, since their wires are shared.
    """
    if isinstance(section, Gaussian):
        inputs = sampled(section, stream)
        case = inputs.cases()
        mean, variance = readoffs.gaussian_law(coefficients(section), section.width, inputs)
        bias = mean - _target(section)[case]
        there = [case == number for number in range(4)]
        return {
            "law_rms": np.array([np.sqrt((bias**2 + variance)[t].mean()) for t in there]),
            "law_mean": np.array([bias[t].mean() for t in there]),
            "law_deviation": np.array([np.sqrt(variance[t].mean()) for t in there]),
        }
    shared = {"shared": np.asarray(section.wires**2)}
    if section.targeted:
        return shared | dict.fromkeys(LAWS, np.full(4, np.nan))
    laws = [law.binary_law(s, section.wiring, section.width) for s in section.counts]
    bias = np.stack([mean for mean, *_ in laws]) - _target(section)
    variance = np.stack([variance for _, variance, _ in laws])
    # Each number of active bits weighs as often as its pairs of a case occur.
    weight = np.stack([_occurring(s, section.block) for s in section.counts])
    weight /= weight.sum(0)
    return shared | {
        "law_rms": np.sqrt((weight * (bias**2 + variance)).sum(0)),
        "law_mean": (weight * bias).sum(0),
        "law_deviation": np.sqrt((weight * variance).sum(0)),
    }


def _occurring(active: int, block: int) -> Array:
    """Pairs of each case, up to a factor, where so many bits of a block are active: (4,)."""
    rest = block - active
    both = active * (active - 1)
    return np.array([rest * (rest - 1), active * rest, active * rest, both], dtype=float)
