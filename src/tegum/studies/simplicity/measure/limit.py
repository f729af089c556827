"""Expected losses of normal crossings, by integration, beside their thresholds."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.simplicity.params import Limit
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.theory.learning_coefficient import crossing, expected_crossing


def by_cell(sweep: SweepView[Limit], rows: Rows) -> xr.Dataset:
    """n_beta times the expected loss f^2 / 2 under a standard normal density: (cell,)."""
    each = [c.params for c in sweep.cells]
    found = [
        (expected_crossing(p.powers, 1.0, 0.0, p.n_beta, 1.0), *crossing(p.powers)) for p in each
    ]
    names = ("expected", "rlct", "multiplicity")
    return SCHEMAS["measure/limit"].dataset(dict(zip(names, zip(*found, strict=True), strict=True)))
