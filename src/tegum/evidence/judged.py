"""Verdicts beside their evidence, for each outcome and kind of random direction.

Of the two kinds of control labels the one with the lower interval counts. Effects of known
variables and latents are corrected for all of one model (Holm); those of random labels are not, so
that their errors are not understated.
"""

import numpy as np
import xarray as xr

from tegum.data.layouts import along
from tegum.data.schema import schema
from tegum.evidence.layout import VERDICTS
from tegum.evidence.verdict import Effect, Measured, Tuple, judge_all
from tegum.labels import at
from tegum.statistics import Interval

ORDER = ("cell", "outcome", "direction", "variable", "labelling")


def judged(evidence: xr.Dataset, alpha: float) -> xr.Dataset:
    """With a verdict for each kind of random direction, variable and labelling.

    Args:
        evidence: rows (cell, ...).
        alpha: multiple of the steering vectors whose effects count.
    """
    here = at(evidence, alpha=alpha)
    p, power, ratio = (
        values.transpose(*ORDER).values
        for values in (here["p_value"], here["power"], here["effect"] / here["effect_random"])
    )
    sign = here["agreement"].transpose("cell", "variable", "labelling").values > 0
    selectivity, advantage = (
        evidence[name].transpose("cell", "variable", "labelling", ..., "bound").values
        for name in ("selectivity", "advantage")
    )
    verdicts, corrected = np.empty(p.shape, dtype=object), np.empty(p.shape[:4])
    kinds = here["direction"].values.tolist()

    def measured(c: int, o: int, v: int, y: int) -> Tuple:
        chosen = Interval(*selectivity[c, v, y][selectivity[c, v, y, :, 1].argmin()])
        if not np.isfinite(p[c, o, :, v, y]).all():
            return Tuple(chosen, None, {})
        effects = {}
        for d, kind in enumerate(kinds):
            place = c, o, d, v, y
            found = float(p[place])
            effect = Effect(float(ratio[place]), bool(sign[c, v, y]), found, found)
            effects[kind] = Measured(effect, float(power[place]))
        return Tuple(chosen, Interval(*advantage[c, v, y]), effects)

    for c, o, y in np.ndindex(p.shape[0], p.shape[1], p.shape[4]):
        each = [measured(c, o, v, y) for v in range(p.shape[3])]
        by_variable = judge_all(each) if y == 0 else [judge_all([one])[0] for one in each]
        for v, by_kind in enumerate(by_variable):
            verdicts[c, o, :, v, y] = [str(of.verdict) for of in by_kind.values()]
            effects = [of.evidence.effect for of in by_kind.values()]
            if y == 0:
                corrected[c, o, :, v] = [e.p_corrected if e else np.nan for e in effects]
    found = {"verdict": verdicts, "p_corrected": corrected}
    added = schema("verdicts", along(VERDICTS, "cell")).dataset(found)
    return evidence.assign({name: of.variable for name, of in added.data_vars.items()})
