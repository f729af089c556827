"""Laws beyond the published ones, and doubts."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding, untestable
from tegum.studies.steering.claims.conditions import (
    COMMENTS,
    DERIVED,
    DOUBT,
    HALF,
    NEARLY_PARALLEL,
    PRECISION,
    SQUARE,
    cosine,
    cosine_law,
    exactly,
    inside,
    of_ratios,
    off,
    one,
    order_one,
    ratios,
    worst,
)
from tegum.theory import steering as law

MOMENTS = "derived: moments of the inverse Marchenko-Pastur law"
LAW_TOLERANCE = 0.15
"""Largest relative difference of a median off-target effect from its law: own choice."""
ILL_CONDITIONED = 10.0
"""Least ratio of condition numbers, at G = d over G = d/2, that is ill-conditioning: own choice."""
HALF_MOVED = 0.25
"""Least off-target effect at correlation 0.5 (the law gives 0.5): half of it."""
AS_LARGE = 1.0
"""Off-target effect at which the effect on other features is as large as that on the own one."""
TWICE = 2.0
"""Features per dimension beside `SQUARE` and `HALF`."""
UNEQUAL, CORRELATED = 1.0, 0.5
"""Spread of log amplitudes and correlation that are compared with 0."""


cosine_above = of_ratios(
    "With more features than dimensions the cosine of probe and representation vector is "
    "sqrt(1 - d/G).",
    MOMENTS,
)(partial(cosine_law, "above"), id="cosine_law")


def _offtarget_law(vector: str, side: str, overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, side)
    ratio = part["overcompleteness"]
    expected = ratio.copy(data=law.offtarget(vector, "probes", ratio))
    random = worst(off(part, "probe", control="random") / expected - 1)
    because = f"largest relative deviation of the median over features; {ratios(part)}"
    control = ("the probe as a random direction", random)
    return below(
        LAW_TOLERANCE, worst(off(part, vector) / expected - 1), control=control, because=because
    )


offtarget_law = of_ratios(
    "The probe's off-target effect by the probes is sqrt(r / (1 - r)) for r = G/d < 1 and "
    "sqrt(r + 1 / (r - 1)) beyond.",
    MOMENTS,
)(partial(_offtarget_law, "probe", "not"), id="offtarget_law")
representation_law = of_ratios(
    "By the probes even the true intervention has off-target effects, sqrt(G/d - 1), beyond G = d.",
    DERIVED,
)(partial(_offtarget_law, "representation", "above"), id="representation_law")
reencoded_below = of_ratios(
    "By the features of the re-encoded input too the probe has off-target effects of order 1 "
    "(G < d).",
    DOUBT,
)(partial(order_one, "reencoded"), id="reencoded_below")


@exactly(
    "Off-target effects by the probes that define them are zero for surgical vectors of any "
    "probes, also of probes fitted to shuffled labels (G <= d).",
    DOUBT,
)
def circular_zero(overcomplete: xr.Dataset) -> Claim:
    at_most = inside(overcomplete, "at most")
    zero = off(at_most, "surgical", "probes", "shuffled")
    because = f"surgical vectors of probes fitted to shuffled labels; {ratios(at_most)}"
    return within(PRECISION, zero, because=because)


@of_ratios(
    "By the features of the re-encoded input such shuffled surgical vectors move other features "
    "more than their own.",
    DOUBT,
)
def circular_reencoded(overcomplete: xr.Dataset) -> Claim:
    half = one(overcomplete, HALF)
    own, shuffled = (1 / off(half, "surgical", "reencoded", c) for c in ("none", "shuffled"))
    because = (
        "effect on the own feature over that on others, 0 where there is none on the own; G/d = 0.5"
    )
    control = ("surgical vectors of the true labels", own)
    return below(AS_LARGE, shuffled, control=control, because=because)


@of_ratios("Near G = d the matrix of probes is ill-conditioned.", DOUBT)
def square_condition(overcomplete: xr.Dataset) -> Claim:
    half = one(overcomplete, HALF)["condition"]
    square, twice = (one(overcomplete, r)["condition"] / half for r in (SQUARE, TWICE))
    because = "condition number of P at G = d over that at G = d/2"
    control = ("G = 2d over G = d/2", twice.sel(control="none"))
    return above(ILL_CONDITIONED, square.sel(control="none"), control=control, because=because)


def _unequal(variance: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset, str]:
    """Of the most features: those of unequal amplitudes, of equal ones, and where."""
    many = variance.isel(n_features=-1)
    where = f"standard deviation {UNEQUAL:g} of log amplitudes, {ratios(many)}"
    return at(many, amplitude_spread=UNEQUAL), at(many, amplitude_spread=0.0), where


@finding(
    "variance",
    "With unequal variances and more features than dimensions surgical vectors are no longer "
    "nearly parallel to representation vectors.",
    DOUBT,
)
def variance_surgical(variance: xr.Dataset) -> Claim:
    unequal, equal, where = _unequal(variance)
    turned, same = (cosine(ds, "surgical") for ds in (unequal, equal))
    return below(NEARLY_PARALLEL, turned, control=("equal variances", same), because=where)


@finding("variance", "The pattern Cov(x) p still is.", "derived: Cov(x, f_i) = var(f_i) v_i")
def variance_pattern(variance: xr.Dataset) -> Claim:
    unequal, _, where = _unequal(variance)
    pattern, surgical = (cosine(unequal, vector) for vector in ("pattern", "surgical"))
    control = "the surgical vectors", surgical
    return above(NEARLY_PARALLEL, pattern, control=control, because=where)


@finding(
    "correlated",
    "Surgical and representation vectors are the same with correlated features as well (G < d).",
    DERIVED,
    kind="exact",
)
def correlated_coincide(correlated: xr.Dataset) -> Claim:
    few = correlated.isel(n_features=0)
    values = ", ".join(f"{c:g}" for c in few["correlation"].values)
    because = (
        "largest distance of the pseudo-inverse of probes fitted to samples from the true "
        f"unit vectors; correlation {values}"
    )
    return within(PRECISION, few["surgical_error"].sel(control="none"), because=because)


@finding(
    "correlated",
    "Pattern and mean difference move the features that are correlated with their own (G < d).",
    DERIVED,
)
def correlated_pattern(correlated: xr.Dataset) -> Claim:
    few = correlated.isel(n_features=0)
    pulled = off(few, ["pattern", "mean_difference"]).min("vector")
    because = (
        f"the smaller off-target effect of the two, by the probes; {ratios(few)}, "
        f"correlation {CORRELATED:g}"
    )
    control = ("uncorrelated features", at(pulled, correlation=0.0))
    return above(HALF_MOVED, at(pulled, correlation=CORRELATED), control=control, because=because)


language_model = untestable(
    "language_model",
    "The same ranking holds for dictionaries on the residual stream of a language model.",
    COMMENTS,
    "needs a language model and a dictionary on its residual stream, with feature effects "
    "measured on its logits; vectors for one sentiment are judged in the study real_steering",
)
