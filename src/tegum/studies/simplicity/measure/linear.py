"""Learning coefficients of linear networks by Langevin dynamics, beside their thresholds."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.learning_coefficient import gelman_rubin, inverse_temperature, langevin
from tegum.models.linear_network import best_factors, loss_and_slope, spread
from tegum.studies.simplicity.params import Linear
from tegum.studies.simplicity.schema import PARTS, SCHEMAS
from tegum.theory.learning_coefficient import deep_linear


def by_cell(sweep: SweepView[Linear], rows: Rows) -> xr.Dataset:
    """Estimates of each chain, their traces, and the thresholds: (cell, ...)."""
    groups: dict[str, list[int]] = {}
    for place, cell in enumerate(sweep.cells):
        alike = cell.params.model_copy(update={"start": "truth"}).model_dump_json()
        groups.setdefault(alike, []).append(place)
    found = {}
    for these in groups.values():
        found |= dict(zip(these, _estimated([sweep.cells[i] for i in these]), strict=True))
    values = {name: [found[i][name] for i in range(len(sweep.cells))] for name in found[0]}
    return SCHEMAS["measure/linear"].dataset(values)


def _estimated(cells: list[Cell[Linear]]) -> list[dict]:
    p = cells[0].params
    problems = [_problem(c) for c in cells]
    best = np.stack([found[0] for found in problems])[:, None]
    moments = np.stack([found[1] for found in problems])[:, None]
    start = np.stack([found[2] for found in problems])
    n_beta = inverse_temperature(p.samples)

    def gradient(weights: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        return loss_and_slope(weights, p.widths, best, moments)

    losses = langevin(
        gradient,
        start,
        [c.stream("evaluation") for c in cells],
        p,
        n_beta,
    )
    above = n_beta * (losses - gradient(start[:, None], 0)[0][..., None])
    return [
        {
            "llc": each.mean(-1),
            "rhat": float(gelman_rubin(each)),
            "trace": [part.mean() for part in np.array_split(each, PARTS, axis=-1)],
            "rlct": deep_linear(p.widths, p.rank),
            "half_parameters": start.shape[1] / 2,
        }
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
