"""Monosemantic neurons, losses, kinds of features, and how long a training is idle."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics import monosemanticity as metric
from tegum.studies.levers.params import Measure
from tegum.studies.levers.schema import IGNORED, SCHEMAS, SERVED, SHARED


def by_cell(sweep: SweepView[Measure], rows: Rows) -> xr.Dataset:
    """Counts and losses at each checkpoint, and of features: (cell, ...)."""
    train, levels = rows["train"], sweep.params.thresholds
    features = train.sizes["feature"]
    selective = metric.selectivity(train["response_max"], train["response_sum"])
    mono = metric.monosemantic(selective, levels)
    at_level = ("cell", "checkpoint", "threshold")
    served = metric.coverage(mono, train["response_feature"], features) / features
    fires = train["firing_fraction"] > 0
    each = [_cell(c, train.isel(cell=i), mono.isel(cell=i)) for i, c in enumerate(sweep.cells)]
    found = {name: np.stack([one[name] for one in each]) for name in each[0]}
    found |= {
        "mono_per_feature": (mono.sum("hidden") / features).transpose(*at_level).values,
        "coverage": served.transpose(*at_level).values,
        "dead_share": 1 - (selective > 0).mean("hidden").values,
        "firing_share": fires.mean("hidden").values,
        "bias_mean": train["bias"].mean("hidden").values,
    }
    kept = ("evaluation_loss", "loss_change", "feature_frequency")
    found |= {name: train[name].values for name in kept}
    return SCHEMAS["measure"].dataset(found, {"threshold": levels, "step": train["step"].values})


def _cell(cell: Cell[Measure], row: xr.Dataset, mono: xr.DataArray) -> dict[str, np.ndarray]:
    section, level = cell.upstream["train"], {"threshold": 0}
    own = row["response_feature"].values[..., None] == np.arange(section.n_features)
    served = (mono.isel(level).values[..., None] & own).any(1)
    steps = row["step"].values.astype(float)
    # The first look from which on it is served at every one.
    lasting = np.logical_and.accumulate(served[::-1])[::-1]
    since = np.where(lasting.any(0), steps[lasting.argmax(0)], np.nan)
    kinds = np.full(section.n_features, np.nan)
    if section.task != "random_projection":
        ignored = row["feature_loss"].values > cell.params.ignored * row["null_loss"].values
        kinds = np.where(served[-1], SERVED, np.where(ignored, IGNORED, SHARED))
    fires = (row["firing_fraction"].values > 0).any(1)
    return {
        "kind": kinds,
        "served_step": since,
        "idle_end": np.array(steps[fires.argmax()] if fires.any() else np.nan),
        "idle_end_derived": np.array(idle_end(row, section.decay_per_step)),
    }


def idle_end(row: xr.Dataset, rate: float) -> float:
    """The step at which the first neuron fires, if nothing but decay moves its bias.

    A bias is multiplied by 1 - rate at each step; a neuron fires on the samples once it is above
    minus the neuron's largest input. 0 where one fires at the start, NaN where none ever will.
    """
    inputs = row["largest_input"].values.astype(float)
    biases = row["bias"].values[0].astype(float)
    if (biases + inputs > 0).any():
        return 0.0
    reachable = inputs > 0
    if rate == 0 or not reachable.any():
        return float("nan")
    ratio = -biases[reachable] / inputs[reachable]
    return float((np.log(ratio) / -np.log1p(-rate)).min())
