"""Capacities and losses after each round of the penalty on one more feature."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.capacity.params import MeasureFlattenOne
from tegum.studies.capacity.problems import Quadratics, models, mono_share
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory.quadratic import dedicated_loss


def by_cell(sweep: SweepView[MeasureFlattenOne], rows: Rows) -> xr.Dataset:
    """Every round, with the loss with the most valuable features dedicated and no others."""
    found = Quadratics(sweep, rows)
    problems = zip(found.value, found.sections, strict=True)
    return SCHEMAS["measure/flatten_one"].dataset(
        {
            **models(sweep, rows),
            "capacity": found.capacity,
            "loss": found.loss(),
            "mono_share": mono_share(found.capacity, sweep.params),
            "loss_mono": [dedicated_loss(v, p.width, p.kurtosis) for v, p in problems],
        }
    )
