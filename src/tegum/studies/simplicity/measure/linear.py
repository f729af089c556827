"""Learning coefficients of linear networks by Langevin dynamics, beside their thresholds."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.learning_coefficient import inverse_temperature, langevin, summary
from tegum.models.linear_network import best_factors, loss_and_slope, spread
from tegum.studies.simplicity.params import Linear
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.studies.simplicity.together import together
from tegum.theory.learning_coefficient import deep_linear


def by_cell(sweep: SweepView[Linear], rows: Rows) -> xr.Dataset:
    """Estimates of each chain, their traces, and the thresholds: (cell, ...)."""
    return SCHEMAS["measure/linear"].dataset(together(sweep.cells, _estimated, start="truth"))


def _estimated(cells: list[Cell[Linear]]) -> list[dict]:
    p = cells[0].params
    best, moments, start = map(np.stack, zip(*(_problem(c) for c in cells), strict=True))
    n_beta = inverse_temperature(p.samples)

    def gradient(weights: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        return loss_and_slope(weights, p.widths, best[:, None], moments[:, None])

    losses = langevin(gradient, start, [c.stream("evaluation") for c in cells], p, n_beta)
    above = n_beta * (losses - gradient(start[:, None], 0)[0][..., None])
    return [
        summary(each)
        | {"rlct": deep_linear(p.widths, p.rank), "half_parameters": start.shape[1] / 2}
        for each in above
    ]


def _problem(cell: Cell[Linear]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least-squares map (output, input), second moments of the inputs, and the start, flat."""
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    n_in, n_out = p.widths[0], p.widths[-1]
    left = np.linalg.qr(rng.standard_normal((n_out, n_out)))[0][:, : p.rank]
    right = np.linalg.qr(rng.standard_normal((n_in, n_in)))[0][:, : p.rank]
    truth = left @ right.T
    x = rng.standard_normal((p.samples, n_in))
    y = x @ truth.T + rng.standard_normal((p.samples, n_out))
    moments = x.T @ x / p.samples
    best = np.linalg.solve(moments, x.T @ y / p.samples).T
    if p.start == "truth":
        factors = left, np.ones(p.rank), right.T
    else:
        factors = best_factors(best, moments, min(p.widths))
    return best, moments, spread(*factors, p.widths)
