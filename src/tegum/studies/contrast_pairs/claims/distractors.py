"""A second consistent feature: salience, consistency, and what losses say of it."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import Untested, untestable
from tegum.studies.contrast_pairs.claims.conditions import (
    BURNS,
    CURVE,
    DERIVED,
    PERFECT,
    PROTOTYPE,
    READABLE,
    THREAD,
    TRUTH_SCALE,
    beside_random,
    finding,
    off_theory,
    per_seed,
    scored,
)

GAP = 0.25
"""Least gap between the supervised probe and CCS that is 'succeeds, fails' (D5): own choice."""
REGRET = 0.05
"""Least accuracy that the lowest loss gives away (D6): own choice."""
CHANCE_LOSS = 0.25
"""CCS loss of p = 1/2 everywhere (D6)."""
WRONG = 0.5
"""Accuracy on disagreeing pairs below which the distractor is followed: chance."""


def _regret(ds: xr.Dataset) -> np.ndarray:
    """How much better than the try of the lowest loss the best one is: (seed,)."""
    chosen = ds["try_accuracy"].isel({"try": ds["loss"].argmin("try")})
    return (ds["try_accuracy"].max("try") - chosen).values


def _lead(ds: xr.Dataset, reader: str) -> np.ndarray:
    """Least lead of the stronger one's accuracy, per seed."""
    side = np.sign(TRUTH_SCALE - ds["distractor_scale"])
    return per_seed((scored(ds, reader) - scored(ds, reader, "accuracy_distractor")) * side, "min")


def _follows(reader: str, salience: xr.Dataset) -> Claim:
    scales = salience["distractor_scale"]
    decided = at_least(
        salience.sel(distractor_scale=scales[scales != TRUTH_SCALE]), distractor_scale=1
    )
    because = (
        "least lead of the stronger one's accuracy over the saliences other than "
        f"{TRUTH_SCALE:g}, the truth's"
    )
    return beside_random(above, 0.0, partial(_lead, decided), reader, because)


FOLLOWS = [
    finding("salience", statement, THREAD)(partial(_follows, reader), id=f"d5_{reader}")
    for reader, statement in (
        (
            "ccs",
            "At balance CCS follows the truth while it is the stronger one, else the distractor.",
        ),
        ("tpc", "So does the top component."),
    )
]


@finding("salience", "The supervised probe is perfect at every salience.", THREAD)
def d5_logistic(salience: xr.Dataset) -> Claim:
    least = [per_seed(scored(salience, "logistic", control=c), "min") for c in ("none", "shuffled")]
    because = "least accuracy over all saliences"
    return above(PERFECT, least[0], control=("shuffled labels", least[1]), because=because)


@finding(
    "salience",
    "With a more salient distractor and no imbalance the probe succeeds and CCS fails.",
    THREAD,
    at={"distractor_scale": 0.0},
)
def d5_hypothesis(salience: xr.Dataset) -> Claim:
    gap = scored(salience, "logistic") - scored(salience, "ccs")
    most = float(salience["distractor_scale"].max())
    if most <= TRUTH_SCALE:
        raise Untested(f"distractor_scale has no value above {TRUTH_SCALE:g}")
    because = f"accuracy of the supervised probe minus that of CCS at salience {most:g}, pi = 0.5"
    control = ("no distractor", at(gap, distractor_scale=0.0))
    return above(GAP, at(gap, distractor_scale=most), control=control, because=because)


@finding(None, "No trained CCS probe has a loss above 1/4, that of p = 1/2.", DERIVED, kind="exact")
def d6_bound(data: Mapping[str, xr.Dataset]) -> Claim:
    """Every trained try of every sweep; the bound is that of a constant, not of the measurement."""
    losses = np.concatenate([ds["loss"].values.ravel() for ds in data.values()])
    because = f"number of tries above; the largest loss is {losses.max():.4f}"
    return within(
        0, int((losses > CHANCE_LOSS).sum()), cases=losses.size, unit="probes", because=because
    )


@finding(
    "salience",
    "With truth and distractor equally salient the lowest loss is not the truest try.",
    PROTOTYPE,
    at={"distractor_scale": (0.0, TRUTH_SCALE)},
)
def d6_order(salience: xr.Dataset) -> Claim:
    return above(
        REGRET,
        _regret(at(salience, distractor_scale=TRUTH_SCALE)),
        control=("no distractor", _regret(at(salience, distractor_scale=0.0))),
        because="best accuracy among the tries minus that of the lowest loss, salience "
        f"{TRUTH_SCALE:g}",
    )


d7 = untestable(
    "d7",
    "Mean accuracy of CCS over ten data sets is 71.2, of zero-shot 67.2.",
    BURNS,
    "needs hidden states of the published language models on ten data sets of 1000 pairs; "
    "`tegum contrast FILE` reads each",
)


def _strong(consistency: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset, str]:
    """A salient distractor at the largest and at no consistency, and the conditions in words."""
    ds = at_least(consistency, distractor_scale=2, consistency=2)
    strong = ds.isel(distractor_scale=-1)
    most, none = strong.isel(consistency=-1), strong.isel(consistency=0)
    where = (
        f"distractor {float(strong['distractor_scale']):g} against {TRUTH_SCALE:g}, copying the "
        f"truth in {float(most['consistency']):g} of the pairs"
    )
    return most, none, where


@finding(
    "consistency",
    "A consistent, more salient distractor makes CCS wrong wherever it disagrees.",
    THREAD,
)
def consistency_ccs(consistency: xr.Dataset) -> Claim:
    most, _, where = _strong(consistency)
    weak = consistency.isel(distractor_scale=0, consistency=-1)
    because = f"accuracy on the pairs that disagree, {where}"
    control = ("a distractor weaker than the truth", scored(weak, "ccs", "accuracy_disagreeing"))
    return below(
        WRONG, scored(most, "ccs", "accuracy_disagreeing"), control=control, because=because
    )


@finding("consistency", "The supervised probe is right there.", THREAD)
def consistency_logistic(consistency: xr.Dataset) -> Claim:
    most, _, where = _strong(consistency)
    name = "accuracy_disagreeing"
    because = f"accuracy on the pairs that disagree, {where}"
    control = ("shuffled labels", scored(most, "logistic", name, control="shuffled"))
    return above(READABLE, scored(most, "logistic", name), control=control, because=because)


@finding(
    "consistency",
    "Accuracy of CCS rises with that consistency though it follows the distractor.",
    THREAD,
)
def consistency_masked(consistency: xr.Dataset) -> Claim:
    most, none, where = _strong(consistency)
    rise, base = (scored(most, r) - scored(none, r) for r in ("ccs", "random"))
    because = f"accuracy minus that without consistency, {where}"
    return above(0.0, rise, control=("random direction", base), because=because)


@finding("consistency", "Accuracy of the top component follows theory there too.", DERIVED)
def consistency_tpc(consistency: xr.Dataset) -> Claim:
    because = "mean |measured - expected| over consistencies and both saliences"
    apart = partial(off_theory, consistency, "expected_sampled")
    return beside_random(below, CURVE, apart, "tpc", because)
