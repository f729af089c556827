"""Capacities and marginal returns of every layer of deeper networks, trained and untrained."""

from itertools import pairwise

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import capacities, shared
from tegum.metrics.layer_capacity import return_spread
from tegum.statistics import rank_correlation
from tegum.studies.capacity.params import MeasureDeep
from tegum.studies.capacity.problems import CONTROLS, measured


def by_cell(sweep: SweepView[MeasureDeep], rows: Rows) -> xr.Dataset:
    """Layer by layer, and each layer beside the next."""
    capacity = capacities(rows["fit"]["embedding"].values.astype(float))
    gain = rows["fit"]["marginal_return"].values.astype(float)
    some = shared(capacity, *sweep.params.bounds)
    agreement = [
        [[rank_correlation(*pair) for pair in pairwise(c)] for c in model] for model in capacity
    ]
    values = {
        "capacity": capacity,
        "capacity_sum": capacity.sum(-1),
        "shared_share": some.mean(-1),
        "return_spread": return_spread(gain, some),
        "agreement": agreement,
        "loss_ratio": rows["train"]["evaluation_loss"].values,
    }
    return measured("deep", sweep, rows, values, {"control": list(CONTROLS)})
