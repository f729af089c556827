"""Learning coefficients of normal crossings by Langevin dynamics, beside integrals."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.experiment.together import together
from tegum.metrics.learning_coefficient import gelman_rubin, inverse_temperature, langevin
from tegum.models.normal_crossing import fitted_to_noise, loss_and_slope
from tegum.studies.simplicity.params import Crossing
from tegum.studies.simplicity.schema import SCHEMAS
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
    losses = langevin(
        lambda weights, _: loss_and_slope(weights, powers, curvature, tilt),
        np.zeros((len(cells), 2)),
        [c.stream("evaluation") for c in cells],
        p,
        n_beta,
    )
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
    p, rng = cell.params, np.random.default_rng(cell.stream("data"))
    return fitted_to_noise(rng, p.samples, p.input_scale, p.noise)
