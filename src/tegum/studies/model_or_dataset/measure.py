"""Rows on the sweep's grid, the ladder with the trained model's rung first, and verdicts.

A verdict stands beside its evidence, for each outcome and kind of random direction. Of
the two kinds of control labels the one with the lower interval counts. Effects of known variables
and latents are corrected for all of one model (Holm); those of random labels are not, so that their
errors are not understated.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from tegum.evidence.verdict import Effect, Evidence, judge
from tegum.labels import variable
from tegum.statistics import Interval, holm
from tegum.studies.model_or_dataset.train import LOSSES

ORDER = ("seed", "outcome", "direction", "variable", "labelling")


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
    true = at["p_value"].isel(labelling=0).transpose(*ORDER[:4])
    corrected = np.apply_along_axis(holm, -1, true.values)
    p, power, ratio = (
        values.transpose(*ORDER).values
        for values in (at["p_value"], at["power"], at["effect"] / at["effect_random"])
    )
    sign = at["agreement"].transpose("seed", "variable", "labelling").values > 0
    selectivity, advantage = (
        evidence[name].transpose("seed", "variable", "labelling", ..., "bound").values
        for name in ("selectivity", "advantage")
    )
    verdicts = np.empty(p.shape, dtype=object)
    for place in np.ndindex(p.shape):
        s, _, _, v, y = place
        interval = Interval(*selectivity[s, v, y][selectivity[s, v, y, :, 1].argmin()])
        used = float(corrected[place[:4]] if y == 0 else p[place])
        effect = Effect(float(ratio[place]), bool(sign[s, v, y]), float(p[place]), used)
        known = Evidence(interval, Interval(*advantage[s, v, y]), effect, float(power[place]))
        tested = known if np.isfinite(p[place]) else Evidence(interval, None, None, None)
        verdicts[place] = str(judge(tested).verdict)
    return evidence.assign(
        verdict=variable(ORDER, verdicts, "verdict", "1"),
        p_corrected=variable(ORDER[:4], corrected, "p among random directions, corrected", "1"),
    )
