"""Errors of trained networks on fresh inputs, beside two controls.

`permuted` reads each pair by the readoff of the next one. `binary` is the sparse construction with
as many neurons and two wires per root: it has no free parameter.
"""

from collections.abc import Mapping

import xarray as xr

from tegum.data.found import rows_of
from tegum.experiment.cell import SweepView
from tegum.metrics.gates import network_errors
from tegum.models.gate_sections import Network
from tegum.models.random_layers import GateWeights, sparse_network
from tegum.studies.boolean_gates.params import MeasureNetwork
from tegum.studies.boolean_gates.schema import LABELS, SCHEMAS
from tegum.synthetic.active_bits import ActiveBits
from tegum.theory.gates import TARGETS

WIRES = 2.0
"""c of the sparse construction: four neurons for a pair, as the theory has it."""


def by_cell(sweep: SweepView[MeasureNetwork], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Errors (cell, control, ...) and how densely outputs read the layer, (cell, control)."""
    train, found = rows["train"], []
    for i, cell in enumerate(sweep.cells):
        section: Network = cell.upstream["train"]
        trained = GateWeights(*(train[name].values[i] for name in GateWeights._fields))
        seed, shape = cell.stream("control"), (section.bits, section.neurons)
        inputs = {"n_inputs": section.bits, "n_active": section.mean_active}
        samples, seeds = cell.params.evaluation_samples, [cell.stream("evaluation")]
        bits = ActiveBits(seeds=seeds, batch=samples, **inputs).batch(0)[0][0].numpy()
        for weights in (trained, trained.permuted(), sparse_network(seed, *shape, WIRES)):
            found.append(network_errors(weights, bits, TARGETS[section.gate]))
    whole = rows_of(SCHEMAS["measure/network"], found, LABELS, ("none", "permuted", "binary"))
    return whole.assign(loss_change=train["loss_change"])
