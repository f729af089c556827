"""Capacities and losses after each round of the penalty on one more feature."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import FlattenOne, MeasureFlattenOne
from tegum.studies.capacity.problems import mono_loss, mono_share, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory


def by_cell(sweep: SweepView[MeasureFlattenOne], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Every round, with the loss with the most valuable features dedicated and no others."""
    embedding, chosen = rows["train"]["embedding"].values, rows["train"]["chosen"].values
    each: list[FlattenOne] = [cell.upstream["train"] for cell in sweep.cells]
    value, kurtosis = np.stack([values(p) for p in each]), np.array([p.kurtosis for p in each])
    capacity = capacities(embedding)
    return SCHEMAS["measure/flatten_one"].dataset(
        {
            "width": [p.width for p in each],
            "loss_change": rows["train"]["loss_change"].values,
            "capacity": capacity,
            "chosen": chosen,
            "loss": theory.quadratic_loss(embedding, value[:, None], kurtosis[:, None]),
            "mono_share": mono_share(capacity, sweep.params),
            "loss_mono": [mono_loss(p) for p in each],
        }
    )
