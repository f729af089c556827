"""Estimates of the gates of one cell, by what its section says."""

import numpy as np

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.metrics import gate_readoffs as readoffs
from tegum.metrics.gate_readoffs import Array, Indices, Sample
from tegum.metrics.gates import gate_errors
from tegum.models import random_layers as layers
from tegum.studies.boolean_gates.params import Binary, Gaussian
from tegum.synthetic.active_bits import blocks, cycled
from tegum.theory import gates as law


def sample(cell: Cell[Section], section: Gaussian | Binary) -> Sample:
    """The inputs of one cell, which do not depend on its layer."""
    block = blocks(cell.stream("data"), section.samples, section.n_inputs, section.block)
    active, dims = cycled(section.counts, section.samples), 0
    if isinstance(section, Gaussian):
        dims = section.n_dimensions
    if not dims:
        return Sample(block, active)
    directions = layers.input_directions(cell.stream("data"), section.n_inputs, dims)
    return Sample(block, active, directions)


def coefficients(section: Gaussian) -> Array:
    """What a neuron counts by the signs of its weights, and what the mixture adds."""
    if section.readoff == "mixture":
        return law.mixture_coefficients(target(section), section.counts)
    return law.coefficients(target(section), section.n_active)


def target(section: Gaussian | Binary) -> Array:
    """What the gate says in each case: (4,)."""
    return law.TARGETS[section.gate if isinstance(section, Gaussian) else "and"]


def estimates(
    cell: Cell[Section], section: Gaussian | Binary, found: Sample, permuted: bool = False
) -> tuple[Array, Indices]:
    """Readoffs of the cell's layer, and which case each pair is: two (sample, pair).

    Args:
        permuted: whether each pair is read by the readoff of another.
    """
    if isinstance(section, Binary) and section.targeted:
        return _targeted(cell, section, permuted)
    seed, order = cell.stream("init"), np.arange(section.n_inputs)
    if permuted:
        order = blocks(cell.stream("control"), 1, section.n_inputs, section.n_inputs)[0]
    if isinstance(section, Binary):
        wiring = section.wires * section.width**-0.5
        weights = layers.binary_layer(seed, section.n_inputs, section.width, wiring)
        return readoffs.binary_estimates(weights, weights[order], found), found.cases()
    if found.directions is None:
        weights = layers.gaussian_layer(seed, section.n_inputs, section.width)
    else:
        inner = layers.gaussian_layer(seed, section.n_dimensions, section.width)
        weights = found.directions.astype(np.float32) @ inner
    read = weights[order], coefficients(section)
    return readoffs.gaussian_estimates(weights, *read, found), found.cases()


def _targeted(cell: Cell[Section], section: Binary, permuted: bool) -> tuple[Array, Indices]:
    data, n = cell.stream("data"), section.n_inputs
    pairs = layers.listed_pairs(data, n, section.n_gates)
    share = section.wires**2 / section.width
    weights, serves = layers.targeted_layer(cell.stream("init"), pairs, n, section.width, share)
    bits = readoffs.listed_bits(data, pairs, section.counts, section.samples, n)
    read = np.roll(serves, 1, axis=0) if permuted else serves
    return readoffs.listed_estimates(bits, pairs, weights, read)


def judged(section: Gaussian | Binary, estimate: Array, case: Indices) -> dict[str, Array]:
    """Errors of estimates of the section's gate; those of `metrics.gates`."""
    return gate_errors(estimate.ravel(), case.ravel(), target(section))
