"""Capacities and losses after each round of the penalty on one more feature."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import dedicated_share
from tegum.studies.capacity.params import MeasureFlattenOne
from tegum.studies.capacity.problems import Quadratics, measured
from tegum.theory.quadratic import dedicated_loss, quadratic_loss


def by_cell(sweep: SweepView[MeasureFlattenOne], rows: Rows) -> xr.Dataset:
    """Every round, with the loss with the most valuable features dedicated and no others."""
    found = Quadratics(sweep, rows)
    problems = zip(found.value, found.width, found.kurtosis, strict=True)
    value, kurtosis = found.value[:, None], found.kurtosis[:, None]
    values = {
        "capacity": found.capacity,
        "loss": quadratic_loss(found.embedding, value, kurtosis),
        "mono_share": dedicated_share(found.capacity, *sweep.params.bounds),
        "loss_mono": [dedicated_loss(*problem) for problem in problems],
    }
    return measured("flatten_one", sweep, rows, values)
