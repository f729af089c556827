"""Learning coefficients of normal crossings by Langevin dynamics, beside integrals."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.learning_coefficient import gelman_rubin, inverse_temperature, langevin
from tegum.studies.simplicity.params import Crossing
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.studies.simplicity.together import together
from tegum.theory.learning_coefficient import crossing, discretised_quadratic, expected_crossing


def by_cell(sweep: SweepView[Crossing], rows: Rows) -> xr.Dataset:
    """Estimates of each chain and what they should be: (cell, ...)."""
    values = together(sweep.cells, _estimated, exponents="0-1")
    return SCHEMAS["measure/crossing"].dataset(values)


def _estimated(cells: list[Cell[Crossing]]) -> list[dict]:
    p = cells[0].params
    powers = np.array([c.params.powers for c in cells])
    curvature, tilt = np.array([_data(c) for c in cells]).T
    n_beta = inverse_temperature(p.samples)
    k1, k2 = powers[:, 0, None], powers[:, 1, None]
    a, b = curvature[:, None], tilt[:, None]

    def gradient(weights: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        u, v = weights[..., 0], weights[..., 1]
        f = u**k1 * v**k2
        slope = a * f - b
        inner = [k1 * u ** np.maximum(k1 - 1, 0) * v**k2, k2 * v ** np.maximum(k2 - 1, 0) * u**k1]
        return f * (a * f / 2 - b), np.stack([slope * part for part in inner], -1)

    seeds = [c.stream("evaluation") for c in cells]
    losses = langevin(gradient, np.zeros((len(cells), 2)), seeds, p, n_beta)
    found = []
    for number, cell in enumerate(cells):
        rlct, multiplicity = crossing(cell.params.powers)
        quadratic = float(curvature[number]), float(tilt[number]), n_beta, p.localisation
        of_steps = discretised_quadratic(*quadratic, p.step_size)
        found.append(
            {
                "llc": n_beta * losses[number].mean(-1),
                "rhat": float(gelman_rubin(losses[number])),
                "expected": expected_crossing(cell.params.powers, *quadratic),
                "discretised": of_steps if cell.params.exponents == "0-1" else np.nan,
                "stiffness": p.step_size * n_beta * curvature[number] / 2,
                "rlct": rlct,
                "multiplicity": multiplicity,
            }
        )
    return found


def _data(cell: Cell[Crossing]) -> tuple[float, float]:
    """Curvature mean x^2 / noise^2 and tilt mean x y / noise^2 of the likelihood."""
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    x = p.input_scale * rng.standard_normal(p.samples)
    y = p.noise * rng.standard_normal(p.samples)
    return float((x**2).mean() / p.noise**2), float((x * y).mean() / p.noise**2)
