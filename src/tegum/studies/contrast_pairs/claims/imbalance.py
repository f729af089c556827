"""Imbalance: the thresholds' failures, strong noise, and the switch to a distractor."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below
from tegum.metrics.crossings import first_negative
from tegum.studies.contrast_pairs.claims.conditions import (
    CURVE,
    DERIVED,
    PERFECT,
    PROTOTYPE,
    REPRODUCED,
    TRUTH_SCALE,
    beside_random,
    finding,
    off_theory,
    per_seed,
    scored,
)
from tegum.synthetic.pairs import PairLaw
from tegum.theory.contrast_pairs import switching_probability

NEAR_ONE = 0.95
"""Least |cos| that is 'near 1' (D1): own choice."""
RESTORED = 0.95
"""Least accuracy that is 'restored' (D2): own choice."""
STRONG = 0.8
"""Imbalance up to which an Otsu threshold restores CCS (D2)."""
LOST = 0.5
"""Largest |cos| of a direction that is 'lost' (D2): own choice."""
HARD = {
    "ccs": (0.881, 0.787, 0.669, 0.575, 0.523),
    "kmeans": (0.908, 0.891, 0.816, 0.671, 0.552),
    "gmm": (0.809, 0.821, 0.739, 0.647, 0.591),
}
"""The prototype's accuracies over the five imbalances (D3)."""
HARD_LOGISTIC = (0.867, 0.938)
HARD_COS = (0.85, 0.20)
"""|cos| of CCS with the truth at the mildest and at the strongest imbalance (D3)."""
SWITCH = 0.05
"""Largest distance of the measured switch from the analytic one: the spacing of the grid (D4)."""
EASY, NOISY = 0.5, 1.5
"""Noise at which the truth is easy, and hard, to read."""
IMBALANCES = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Probabilities of the truth, from balanced to strongly imbalanced, as in the prototype."""
SHUFFLED = "supervised probe of shuffled labels"


def _easy(imbalance: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Pairs with little noise, and the conditions in words."""
    easy = at(imbalance, noise=EASY)
    ends = easy["truth_probability"].values[[0, -1]]
    return easy, f"pi = {ends[0]:g} to {ends[1]:g}, noise {EASY:g}, no distractor"


def _fall(easy: xr.Dataset, reader: str) -> xr.DataArray:
    values = scored(easy, reader)
    return at(values, truth_probability=IMBALANCES[0]) - at(
        values, truth_probability=IMBALANCES[-1]
    )


def _loses(reader: str, imbalance: xr.Dataset) -> Claim:
    easy, where = _easy(imbalance)
    because = f"accuracy at the first minus at the last of {where}"
    control = ("supervised probe", _fall(easy, "logistic"))
    return above(0.0, _fall(easy, reader), control=control, because=because)


LOSES = [
    finding("imbalance", statement, PROTOTYPE)(partial(_loses, reader), id=f"d1_{reader}")
    for reader, statement in (
        ("ccs", "CCS loses accuracy from balanced to strongly imbalanced labels."),
        ("tpc", "The top component does as well."),
    )
]


@finding("imbalance", "Its accuracy follows the analytic curve.", DERIVED)
def d1_tpc_curve(imbalance: xr.Dataset) -> Claim:
    easy, where = _easy(imbalance)
    because = f"mean |measured - analytic| over {where}"
    apart = partial(off_theory, easy, "expected_accuracy")
    return beside_random(below, CURVE, apart, "tpc", because)


def _perfect(reader: str, imbalance: xr.Dataset) -> Claim:
    easy, where = _easy(imbalance)
    because = f"least accuracy over {where}"
    control = (SHUFFLED, per_seed(scored(easy, "logistic", control="shuffled"), "min"))
    return above(PERFECT, per_seed(scored(easy, reader), "min"), control=control, because=because)


STAYS = [
    finding("imbalance", f"{name} stays perfect at every imbalance.", PROTOTYPE)(
        partial(_perfect, reader), id=f"d1_{reader}"
    )
    for reader, name in (
        ("kmeans", "2-means"),
        ("gmm", "The Gaussian mixture"),
        ("logistic", "The supervised probe"),
    )
]


@finding("imbalance", "The top component stays along the truth at every imbalance.", PROTOTYPE)
def d1_cos(imbalance: xr.Dataset) -> Claim:
    easy, where = _easy(imbalance)

    def least(reader: str) -> np.ndarray:
        return per_seed(scored(easy, reader, "cos_truth"), "min")

    return beside_random(above, NEAR_ONE, least, "tpc", f"least |cos| over {where}")


def _restored(threshold: float, ds: xr.Dataset, reader: str, because: str) -> Claim:
    otsu, zero = (per_seed(scored(ds, reader, threshold=at), "min") for at in ("otsu", "zero"))
    return above(threshold, otsu, control=("threshold at zero", zero), because=because)


@finding("imbalance", "An Otsu threshold restores the top component everywhere.", PROTOTYPE)
def d2_tpc(imbalance: xr.Dataset) -> Claim:
    easy, where = _easy(imbalance)
    return _restored(PERFECT, easy, "tpc", f"least accuracy over {where}")


@finding(
    "imbalance",
    "An Otsu threshold restores CCS up to an imbalance of 0.8.",
    PROTOTYPE,
    at={"truth_probability": STRONG},
)
def d2_ccs(imbalance: xr.Dataset) -> Claim:
    mild = at(imbalance, noise=EASY)
    mild = mild.sel(truth_probability=mild["truth_probability"] < STRONG + 1e-9)
    return _restored(RESTORED, mild, "ccs", f"least accuracy up to pi = {STRONG:g}")


@finding("imbalance", "At the strongest imbalance the direction of CCS itself is lost.", PROTOTYPE)
def d2_ccs_lost(imbalance: xr.Dataset) -> Claim:
    easy, _ = _easy(imbalance)
    balanced, strongest = IMBALANCES[0], IMBALANCES[-1]
    cos = scored(easy, "ccs", "cos_truth")
    ranked = at(scored(easy, "ccs", "auroc"), truth_probability=strongest)
    because = (
        f"|cos| with the truth at pi = {strongest:g}; its AUROC there is {float(ranked.mean()):.3f}"
    )
    control = ("balanced labels", at(cos, truth_probability=balanced))
    return below(LOST, at(cos, truth_probability=strongest), control=control, because=because)


def _hard(imbalance: xr.Dataset) -> tuple[xr.Dataset, str]:
    """Pairs with much noise at the prototype's imbalances, and the conditions in words."""
    hard = at(imbalance, noise=NOISY, truth_probability=IMBALANCES)
    return hard, f"over {hard.sizes['truth_probability']} imbalances, noise {NOISY:g}"


def _reproduced(reader: str, imbalance: xr.Dataset) -> Claim:
    hard, where = _hard(imbalance)
    known = xr.DataArray(list(HARD[reader]), dims="truth_probability")
    measured, random = (scored(hard, r).drop_vars("truth_probability") for r in (reader, "random"))
    means = ", ".join(f"{m:.3f}" for m in measured.mean("seed").values)
    because = f"mean |deviation| {where}; measured {means}, expected {HARD[reader]}"
    apart, control = (per_seed(abs(found - known), "mean") for found in (measured, random))
    return below(REPRODUCED, apart, control=("random direction", control), because=because)


HARDER = [
    finding("imbalance", f"With strong noise {name} has the prototype's accuracies.", PROTOTYPE)(
        partial(_reproduced, reader), id=f"d3_{reader}"
    )
    for reader, name in (("ccs", "CCS"), ("kmeans", "2-means"), ("gmm", "the mixture"))
]


@finding("imbalance", "With strong noise the supervised probe stays in its range.", PROTOTYPE)
def d3_logistic(imbalance: xr.Dataset) -> Claim:
    hard, where = _hard(imbalance)
    low, high = HARD_LOGISTIC
    probe, random = scored(hard, "logistic"), scored(hard, "random")
    outside = (low - probe).clip(min=0) + (probe - high).clip(min=0)
    because = f"largest distance of the accuracy from {low:g} to {high:g}, {where}"
    control = ("random direction", per_seed((low - random).clip(min=0), "max"))
    return below(REPRODUCED, per_seed(outside, "max"), control=control, because=because)


@finding("imbalance", "With strong noise the |cos| of CCS falls as in the prototype.", PROTOTYPE)
def d3_cos(imbalance: xr.Dataset) -> Claim:
    hard, _ = _hard(imbalance)
    known = xr.DataArray(list(HARD_COS), dims="truth_probability")
    measured, random = (
        scored(hard, reader, "cos_truth")
        .isel(truth_probability=[0, -1])
        .drop_vars("truth_probability")
        for reader in ("ccs", "random")
    )
    ends = ", ".join(f"{c:.2f}" for c in measured.mean("seed").values)
    because = f"mean |deviation| of |cos| at both ends; measured {ends}, expected {HARD_COS}"
    apart, control = (per_seed(abs(found - known), "mean") for found in (measured, random))
    return below(2 * REPRODUCED, apart, control=("random direction", control), because=because)


def _switch(ds: xr.Dataset, reader: str) -> np.ndarray:
    """The imbalance from which a reader is nearer the distractor than the truth: (seed,).

    1 where it never is.
    """
    at_least(ds, truth_probability=2)
    gap = scored(ds, reader, "cos_truth") - scored(ds, reader, "cos_distractor")
    each = gap.transpose("seed", "truth_probability").values
    imbalance = ds["truth_probability"].values
    return np.array([first_negative(imbalance, values, never=1.0) for values in each])


def _turns(ds: xr.Dataset) -> tuple[dict[str, np.ndarray], float, str]:
    """Where each reader turns to the distractor, where theory says so, and both in words."""
    analytic = switching_probability(PairLaw(truth_scale=TRUTH_SCALE, distractor_scale=1.0))
    found = {reader: _switch(ds, reader) for reader in ("ccs", "tpc", "logistic")}
    words = f"CCS at {found['ccs'].mean():.3f}, top component at {found['tpc'].mean():.3f}"
    return found, analytic, f"{words}, analytic {analytic:.3f}"


NEVER = "supervised probe, which never turns"


@finding(
    "imbalance_distractor",
    "CCS turns to a weaker distractor at a milder imbalance than the top component.",
    PROTOTYPE,
)
def d4_ccs_earlier(imbalance_distractor: xr.Dataset) -> Claim:
    turn, _, where = _turns(imbalance_distractor)
    control = (NEVER, turn["logistic"] - turn["ccs"])
    return above(0.0, turn["tpc"] - turn["ccs"], control=control, because=where)


@finding("imbalance_distractor", "The top component turns at the analytic imbalance.", DERIVED)
def d4_tpc(imbalance_distractor: xr.Dataset) -> Claim:
    turn, analytic, where = _turns(imbalance_distractor)
    control = (NEVER, np.abs(turn["logistic"] - analytic))
    return below(SWITCH, np.abs(turn["tpc"] - analytic), control=control, because=where)
