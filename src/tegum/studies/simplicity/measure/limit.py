"""Expected losses of normal crossings, by integration, beside their thresholds."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.simplicity.params import Limit
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.theory.learning_coefficient import crossing, expected_crossing


def by_cell(sweep: SweepView[Limit], rows: Rows) -> xr.Dataset:
    """n_beta times the expected loss f^2 / 2 under a standard normal density: (cell,)."""
    found: dict[str, list] = {"expected": [], "rlct": [], "multiplicity": []}
    for cell in sweep.cells:
        exponents = [int(k) for k in cell.params.exponents.split("-")]
        values = (expected_crossing(exponents, 1.0, 0.0, cell.params.n_beta, 1.0),)
        for name, value in zip(found, values + crossing(exponents), strict=True):
            found[name].append(value)
    return SCHEMAS["measure/limit"].dataset(found)
