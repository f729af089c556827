"""Capacities and losses after each removal of a feature, and who survives."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Mask, MeasureMask
from tegum.studies.capacity.problems import mono_share, shared, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory


def by_cell(sweep: SweepView[MeasureMask], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Every round; survivors after the last one."""
    embedding, chosen = rows["train"]["embedding"].values, rows["train"]["chosen"].values
    each: list[Mask] = [cell.upstream["train"] for cell in sweep.cells]
    value, kurtosis = np.stack([values(p) for p in each]), np.array([p.kurtosis for p in each])
    capacity = capacities(embedding)
    remaining = np.ones_like(capacity)
    for number in range(1, chosen.shape[1]):
        remaining[np.arange(len(chosen)), number:, chosen[:, number]] = 0.0
    left = remaining * value[:, None]
    survives = remaining[:, -1] > 0.0
    gain = theory.marginal_return(capacity[:, 0], value, kurtosis[:, None])
    among = np.where(shared(capacity[:, 0], sweep.params), gain, np.nan)
    spread = (np.nanmax(among, 1) - np.nanmin(among, 1)) / np.nanmean(among, 1)
    # Values fall with the index.
    top = [s[: p.width].mean() for s, p in zip(survives, each, strict=True)]
    return SCHEMAS["measure/mask"].dataset(
        {
            "width": [p.width for p in each],
            "loss_change": rows["train"]["loss_change"].values,
            "capacity": capacity,
            "chosen": chosen,
            "loss": theory.quadratic_loss(embedding, left, kurtosis[:, None]),
            "mono_share": mono_share(capacity, sweep.params),
            "survivors_top": top,
            "capacity_survivors": np.nanmin(np.where(survives, capacity[:, -1], np.nan), 1),
            "return_spread": spread,
        }
    )
