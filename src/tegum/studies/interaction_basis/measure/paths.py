"""How complete integrated gradients are, by the points of their path."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.interactions import attributions, mean_jacobian, neuron_basis
from tegum.studies.interaction_basis.params import Paths
from tegum.studies.interaction_basis.schema import SCHEMAS

SIZES = 6, 32, 3
"""Inputs, hidden neurons, outputs of the network."""


def by_cell(sweep: SweepView[Paths], rows: Rows) -> xr.Dataset:
    """Errors of completeness: (cell,)."""
    found = [_measured(cell) for cell in sweep.cells]
    return SCHEMAS["measure/paths"].dataset({k: [f[k] for f in found] for k in found[0]})


def _measured(cell: Cell[Paths]) -> dict[str, float]:
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    inputs, hidden, outputs = SIZES
    first = rng.standard_normal((hidden, inputs)) * inputs**-0.5
    bias = 0.5 * rng.standard_normal(hidden)
    second = rng.standard_normal((outputs, hidden)) * hidden**-0.5
    x = rng.standard_normal((p.samples, inputs))

    def function(x: np.ndarray) -> np.ndarray:
        before = x @ first.T + bias
        return (np.tanh(before) if p.activation == "tanh" else np.maximum(before, 0)) @ second.T

    def jacobian(x: np.ndarray) -> np.ndarray:
        before = x @ first.T + bias
        slope = 1.0 - np.tanh(before) ** 2 if p.activation == "tanh" else (before > 0) * 1.0
        return (second * slope[:, None]) @ first

    middle = x.mean(0)
    mean = mean_jacobian(jacobian, x, middle, p.points)
    found = attributions(mean, x, middle, neuron_basis(x)).sum(-1)
    apart = found - (function(x) - function(middle[None]))
    return {
        "completeness_err": float(np.abs(apart).max()),
        "typical_err": float(np.sqrt(np.square(apart).mean())),
    }
