"""Errors of trained networks on fresh inputs, beside two controls.

`permuted` reads each pair by the readoff of the next one. `binary` is the sparse construction with
as many neurons and two wires per root: it has no free parameter.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, SweepView
from tegum.metrics.gates import gate_errors, participation
from tegum.models.random_layers import binary_layer
from tegum.studies.boolean_gates.params import MeasureNetwork, Network
from tegum.studies.boolean_gates.rows import labelled
from tegum.synthetic.active_bits import ActiveBits
from tegum.theory.gates import TARGETS

CONTROLS = ("none", "permuted", "binary")
WIRES = 2.0
"""c of the sparse construction: four neurons for a pair, as the theory has it."""
Weights = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Encoder (input, hidden), bias (hidden,), decoder (hidden, pair), offset (pair,)."""


def by_cell(sweep: SweepView[MeasureNetwork], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Errors (cell, control, ...) and how densely outputs read the layer, (cell, control)."""
    train, found = rows["train"], []
    for i, cell in enumerate(sweep.cells):
        section: Network = cell.upstream["train"]
        encoder, bias, decoder, offset = (
            train[name].values[i] for name in ("encoder", "bias", "decoder", "offset")
        )
        bits = _bits(cell, section)
        for weights in (
            (encoder, bias, decoder, offset),
            (encoder, bias, np.roll(decoder, 1, axis=1), np.roll(offset, 1)),
            sparse(section, cell.stream("control")),
        ):
            found.append(_judged(section, weights, bits))
    whole = labelled("measure/network", found, CONTROLS)
    return whole.assign(loss_change=train["loss_change"])


def _bits(cell: Cell[MeasureNetwork], section: Network) -> np.ndarray:
    fresh = ActiveBits(
        seeds=[cell.stream("evaluation")],
        n_inputs=section.bits,
        n_active=section.mean_active,
        batch=cell.params.evaluation_samples,
    )
    return fresh.batch(0)[0][0].numpy()


def sparse(section: Network, seed: int) -> Weights:
    """The sparse binary construction of AND, with as many neurons."""
    wiring = min(1.0, WIRES * section.neurons**-0.5)
    encoder = binary_layer(seed, section.bits, section.neurons, wiring)
    first, second = np.triu_indices(section.bits, 1)
    both = (encoder[first] * encoder[second]).T
    decoder = both / np.maximum(both.sum(0), 1)
    return encoder, np.full(section.neurons, -1.0, np.float32), decoder, np.zeros(len(first))


def _judged(section: Network, weights: Weights, bits: np.ndarray) -> dict[str, np.ndarray]:
    encoder, bias, decoder, offset = weights
    hidden = np.maximum(bits @ encoder + bias, 0)
    first, second = np.triu_indices(section.bits, 1)
    case = (2 * bits[:, first] + bits[:, second]).astype(np.int64)
    estimate = (hidden @ decoder + offset).astype(np.float64)
    carried = participation(decoder.astype(float), hidden.var(0).astype(float))
    found = gate_errors(estimate.ravel(), case.ravel(), TARGETS[section.gate])
    return found | {"participation": np.asarray(np.nanmean(carried))}
