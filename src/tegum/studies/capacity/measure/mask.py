"""Capacities and losses after each removal of a feature, and who survives."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import dedicated_share, shared
from tegum.studies.capacity.params import MeasureMask
from tegum.studies.capacity.problems import Quadratics, measured
from tegum.theory import quadratic as theory


def by_cell(sweep: SweepView[MeasureMask], rows: Rows) -> xr.Dataset:
    """Every round; survivors after the last one."""
    found, chosen = Quadratics(sweep, rows), rows["train"]["chosen"].values
    capacity, value, kurtosis = found.capacity, found.value, found.kurtosis[:, None]
    remaining = np.ones_like(capacity)
    for number in range(1, chosen.shape[1]):
        remaining[np.arange(len(chosen)), number:, chosen[:, number]] = 0.0
    survives = remaining[:, -1] > 0.0
    gain = theory.marginal_return(capacity[:, 0], value, kurtosis)
    among = np.where(shared(capacity[:, 0], *sweep.params.bounds), gain, np.nan)
    # Values fall with the index.
    top = [s[:width].mean() for s, width in zip(survives, found.width, strict=True)]
    values = {
        "capacity": capacity,
        "loss": theory.quadratic_loss(found.embedding, remaining * value[:, None], kurtosis),
        "mono_share": dedicated_share(capacity, *sweep.params.bounds),
        "survivors_top": top,
        "capacity_survivors": np.nanmin(np.where(survives, capacity[:, -1], np.nan), 1),
        "return_spread": (np.nanmax(among, 1) - np.nanmin(among, 1)) / np.nanmean(among, 1),
    }
    return measured("mask", sweep, rows, values)
