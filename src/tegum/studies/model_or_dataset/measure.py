"""Rows on the sweep's grid, the ladder with the trained model's rung first, and verdicts.

A verdict stands beside its evidence, for each kind of random direction. Of the two kinds of control
labels the one with the lower interval counts. Effects of known variables and latents are corrected
for all of one model (Holm); those of random labels are not, so that their errors are not
understated.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import variable
from tegum.metrics.verdict import Effect, Evidence, judge
from tegum.statistics import Interval, holm
from tegum.studies.model_or_dataset.train import LOSSES


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    if "control" not in rows:
        found = rows["fit"]
    elif "selectivity" in rows["control"]:
        found = _judged(rows["control"], sweep.params.alpha)
    else:
        found = _rungs(rows["fit"], rows["control"], rows["train"])
    losses = {name: rows["train"][name] for name in LOSSES}
    losses = {n: v.broadcast_like(xr.zeros_like(_grid(found, sweep))) for n, v in losses.items()}
    return found.assign(losses).transpose(*sweep.axes, ...)


def _grid(found: xr.Dataset, sweep: Any) -> xr.DataArray:
    """Zeros on the sweep's axes."""
    return xr.DataArray(
        np.zeros([len(v) for v in sweep.axes.values()]),
        {axis: found[axis] for axis in sweep.axes},
        tuple(sweep.axes),
    )


def _rungs(fit: xr.Dataset, control: xr.Dataset, train: xr.Dataset) -> xr.Dataset:
    """The dictionary of `fit` is the rung `none`."""
    first = fit[[name for name in control.data_vars if name in fit]]
    first = first.assign(
        cross_entropy=train["loss_evaluation"], recovered=xr.full_like(fit["fvu"], np.nan)
    ).expand_dims(control=np.array(["none"], dtype=object))
    first = first.assign_coords(changes=("control", np.array(["nothing"], dtype=object)))
    found = xr.concat([first, control], "control", combine_attrs="override")
    for name in found.variables:
        found[name].attrs = control[name].attrs
    return found


def _judged(evidence: xr.Dataset, alpha: float) -> xr.Dataset:
    """With a verdict for each kind of random direction, variable and labelling."""
    at = evidence[["effect", "agreement", "effect_random", "p_value", "power"]].sel(alpha=alpha)
    order = ("seed", "direction", "variable", "labelling")
    true = at["p_value"].isel(labelling=0).transpose(*order[:3])
    corrected = np.apply_along_axis(holm, -1, true.values)
    ratio = at["effect"] / at["effect_random"]
    arrays = {
        "ratio": ratio.transpose(*order).values,
        "p": at["p_value"].transpose(*order).values,
        "power": at["power"].transpose(*order).values,
        "sign": at["agreement"].transpose(*order[:1], *order[2:]).values > 0,
        "selectivity": evidence["selectivity"]
        .transpose("seed", "variable", "labelling", "label_control", "bound")
        .values,
        "advantage": evidence["advantage"]
        .transpose("seed", "variable", "labelling", "bound")
        .values,
    }
    verdicts = np.empty(arrays["p"].shape, dtype=object)
    for seed, direction, v, labelling in np.ndindex(verdicts.shape):
        p = arrays["p"][seed, direction, v, labelling]
        used = corrected[seed, direction, v] if labelling == 0 else p
        lowest = arrays["selectivity"][seed, v, labelling]
        interval = Interval(*lowest[lowest[:, 1].argmin()])
        effect = Effect(
            float(arrays["ratio"][seed, direction, v, labelling]),
            bool(arrays["sign"][seed, v, labelling]),
            float(p),
            float(used),
        )
        known = Evidence(
            interval,
            Interval(*arrays["advantage"][seed, v, labelling]),
            effect,
            float(arrays["power"][seed, direction, v, labelling]),
        )
        tested = known if np.isfinite(p) else Evidence(interval, None, None, None)
        verdicts[seed, direction, v, labelling] = str(judge(tested).verdict)
    return evidence.assign(
        verdict=variable(order, verdicts, "verdict", "1"),
        p_corrected=variable(order[:3], corrected, "p among random directions, corrected", "1"),
    )
