"""Learning coefficients of linear networks by Langevin dynamics, beside their thresholds."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.experiment.together import together
from tegum.metrics.learning_coefficient import inverse_temperature, langevin, summary
from tegum.models.linear_network import loss_and_slope, regression
from tegum.studies.simplicity.params import Linear
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.theory.learning_coefficient import deep_linear


def by_cell(sweep: SweepView[Linear], rows: Rows) -> xr.Dataset:
    """Estimates of each chain, their traces, and the thresholds: (cell, ...)."""
    return SCHEMAS["measure/linear"].dataset(together(sweep.cells, _estimated, start="truth"))


def _estimated(cells: list[Cell[Linear]]) -> list[dict]:
    p = cells[0].params
    best, moments, start = map(np.stack, zip(*map(_problem, cells), strict=True))
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
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    return regression(rng, p.widths, p.rank, p.samples, at_truth=p.start == "truth")
