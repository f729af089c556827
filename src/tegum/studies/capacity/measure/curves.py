"""Marginal-return curves of two features at points of the phase diagram, and the optimum."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.capacity.params import MeasureCurves
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory

CURVE = np.linspace(0.0, 1.0, 41)


def by_cell(sweep: SweepView[MeasureCurves], rows: Rows) -> xr.Dataset:
    """Closed forms alone; `rows` is empty."""
    each = [cell.params for cell in sweep.cells]
    kurtosis, ratio = np.transpose([p.cases[p.case or next(iter(p.cases))] for p in each])
    value = np.stack([np.ones_like(ratio), ratio], axis=1)
    second = np.array([float(theory.two_features(*p)) for p in zip(ratio, kurtosis, strict=True)])
    share = np.stack([1.0 - second, second], axis=1)
    moment = kurtosis[:, None]
    return SCHEMAS["measure/curves"].dataset(
        {
            "marginal_return": theory.marginal_return(CURVE, value[..., None], moment[..., None]),
            "capacity_best": share,
            "return_best": theory.marginal_return(share, value, moment),
            "kurtosis": kurtosis,
            "ratio": ratio,
        },
        {"capacity": CURVE},
    )
