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

from tegum.evidence.verdict import Effect, Measured, Tuple, judge_all
from tegum.labels import variable
from tegum.statistics import Interval
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
        cross_entropy=train["loss_evaluation"], mcc=xr.full_like(fit["fvu"], np.nan)
    ).expand_dims(control=np.array(["none"], dtype=object))
    first = first.assign_coords(changes=("control", np.array(["nothing"], dtype=object)))
    found = xr.concat([first, control], "control", combine_attrs="override")
    for name in found.variables:
        found[name].attrs = control[name].attrs
    return found


def _judged(evidence: xr.Dataset, alpha: float) -> xr.Dataset:
    """With a verdict for each kind of random direction, variable and labelling."""
    at = evidence[["effect", "agreement", "effect_random", "p_value", "power"]].sel(alpha=alpha)
    p, power, ratio = (
        values.transpose(*ORDER).values
        for values in (at["p_value"], at["power"], at["effect"] / at["effect_random"])
    )
    sign = at["agreement"].transpose("seed", "variable", "labelling").values > 0
    selectivity, advantage = (
        evidence[name].transpose("seed", "variable", "labelling", ..., "bound").values
        for name in ("selectivity", "advantage")
    )
    verdicts, corrected = np.empty(p.shape, dtype=object), np.empty(p.shape[:4])
    kinds = at["direction"].values.tolist()

    def measured(s: int, o: int, v: int, y: int) -> Tuple:
        chosen = Interval(*selectivity[s, v, y][selectivity[s, v, y, :, 1].argmin()])
        if not np.isfinite(p[s, o, :, v, y]).all():
            return Tuple(chosen, None, {})
        effects = {}
        for d, kind in enumerate(kinds):
            place = s, o, d, v, y
            found = float(p[place])
            effect = Effect(float(ratio[place]), bool(sign[s, v, y]), found, found)
            effects[kind] = Measured(effect, float(power[place]))
        return Tuple(chosen, Interval(*advantage[s, v, y]), effects)

    for s, o, y in np.ndindex(p.shape[0], p.shape[1], p.shape[4]):
        each = [measured(s, o, v, y) for v in range(p.shape[3])]
        judged = judge_all(each) if y == 0 else [judge_all([one])[0] for one in each]
        for v, by_kind in enumerate(judged):
            verdicts[s, o, :, v, y] = [str(of.verdict) for of in by_kind.values()]
            effects = [of.evidence.effect for of in by_kind.values()]
            if y == 0:
                corrected[s, o, :, v] = [e.p_corrected if e else np.nan for e in effects]
    return evidence.assign(
        verdict=variable(ORDER, verdicts, "verdict", "1"),
        p_corrected=variable(ORDER[:4], corrected, "p among random directions, corrected", "1"),
    )
