"""Laws beyond the published ones, and doubts."""

from collections.abc import Mapping

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import Untested, finding
from tegum.studies.steering.claims.conditions import (
    AS_LARGE,
    COMMENTS,
    CORRELATED,
    DERIVED,
    DOUBT,
    HALF,
    HALF_MOVED,
    ILL_CONDITIONED,
    LAW_TOLERANCE,
    MOMENTS,
    NEARLY_PARALLEL,
    PRECISION,
    SQUARE,
    TWICE,
    UNEQUAL,
    cosine,
    follows_the_law,
    inside,
    off,
    one,
    order_one,
    ratios,
    worst,
)
from tegum.theory import steering as law


@finding(
    "overcomplete",
    "With more features than dimensions the cosine of probe and representation vector is "
    "sqrt(1 - d/G).",
    MOMENTS,
)
def cosine_law(overcomplete: xr.Dataset) -> Claim:
    return follows_the_law(overcomplete, "above")


def _offtarget_law(overcomplete: xr.Dataset, vector: str, side: str) -> Claim:
    part = inside(overcomplete, side)
    ratio = part["overcompleteness"]
    expected = ratio.copy(data=law.offtarget(vector, "probes", ratio))
    random = worst(off(part, "probe", control="random") / expected - 1)
    return below(
        LAW_TOLERANCE,
        worst(off(part, vector) / expected - 1),
        control=("the probe as a random direction", random),
        because=f"largest relative deviation of the median over features; {ratios(part)}",
    )


@finding(
    "overcomplete",
    "The probe's off-target effect by the probes is sqrt(r / (1 - r)) for r = G/d < 1 and "
    "sqrt(r + 1 / (r - 1)) beyond.",
    MOMENTS,
)
def offtarget_law(overcomplete: xr.Dataset) -> Claim:
    return _offtarget_law(overcomplete, "probe", "not")


@finding(
    "overcomplete",
    "By the probes even the true intervention has off-target effects, sqrt(G/d - 1), beyond G = d.",
    DERIVED,
)
def representation_law(overcomplete: xr.Dataset) -> Claim:
    return _offtarget_law(overcomplete, "representation", "above")


@finding(
    "overcomplete",
    "By the features of the re-encoded input too the probe has off-target effects of order 1 "
    "(G < d).",
    DOUBT,
)
def reencoded_below(overcomplete: xr.Dataset) -> Claim:
    return order_one(overcomplete, "reencoded")


@finding(
    "overcomplete",
    "Off-target effects by the probes that define them are zero for surgical vectors of any "
    "probes, also of probes fitted to shuffled labels (G <= d).",
    DOUBT,
    kind="exact",
)
def circular_zero(overcomplete: xr.Dataset) -> Claim:
    at_most = inside(overcomplete, "at most")
    zero = off(at_most, "surgical", "probes", "shuffled")
    return within(
        PRECISION,
        float(zero.max()),
        cases=zero.size,
        because=f"surgical vectors of probes fitted to shuffled labels; {ratios(at_most)}",
    )


@finding(
    "overcomplete",
    "By the features of the re-encoded input such shuffled surgical vectors move other features "
    "more than their own.",
    DOUBT,
)
def circular_reencoded(overcomplete: xr.Dataset) -> Claim:
    half = one(overcomplete, HALF)
    return below(
        AS_LARGE,
        1 / off(half, "surgical", "reencoded", "shuffled"),
        control=(
            "surgical vectors of the true labels",
            1 / off(half, "surgical", "reencoded"),
        ),
        because="effect on the own feature over that on others, 0 where there is none on the own; "
        "G/d = 0.5",
    )


@finding("overcomplete", "Near G = d the matrix of probes is ill-conditioned.", DOUBT)
def square_condition(overcomplete: xr.Dataset) -> Claim:
    half = one(overcomplete, HALF)["condition"]
    square, twice = (one(overcomplete, r)["condition"] / half for r in (SQUARE, TWICE))
    return above(
        ILL_CONDITIONED,
        square.sel(control="none"),
        control=("G = 2d over G = d/2", twice.sel(control="none")),
        because="condition number of P at G = d over that at G = d/2",
    )


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
    return below(
        NEARLY_PARALLEL,
        cosine(unequal, "surgical"),
        control=("equal variances", cosine(equal, "surgical")),
        because=where,
    )


@finding("variance", "The pattern Cov(x) p still is.", "derived: Cov(x, f_i) = var(f_i) v_i")
def variance_pattern(variance: xr.Dataset) -> Claim:
    unequal, _, where = _unequal(variance)
    return above(
        NEARLY_PARALLEL,
        cosine(unequal, "pattern"),
        control=("the surgical vectors", cosine(unequal, "surgical")),
        because=where,
    )


@finding(
    "correlated",
    "Surgical and representation vectors are the same with correlated features as well (G < d).",
    DERIVED,
    kind="exact",
)
def correlated_coincide(correlated: xr.Dataset) -> Claim:
    few = correlated.isel(n_features=0)
    error = few["surgical_error"].sel(control="none")
    values = ", ".join(f"{c:g}" for c in few["correlation"].values)
    return within(
        PRECISION,
        float(error.max()),
        cases=error.size,
        because="largest distance of the pseudo-inverse of probes fitted to samples from the true "
        f"unit vectors; correlation {values}",
    )


@finding(
    "correlated",
    "Pattern and mean difference move the features that are correlated with their own (G < d).",
    DERIVED,
)
def correlated_pattern(correlated: xr.Dataset) -> Claim:
    few = correlated.isel(n_features=0)
    vectors = {"vector": ["pattern", "mean_difference"], "reader": "probes", "control": "none"}
    pulled = few["offtarget"].sel(vectors).min("vector")
    return above(
        HALF_MOVED,
        at(pulled, correlation=CORRELATED),
        control=("uncorrelated features", at(pulled, correlation=0.0)),
        because=f"the smaller off-target effect of the two, by the probes; {ratios(few)}, "
        f"correlation {CORRELATED:g}",
    )


@finding(
    None,
    "The same ranking holds for dictionaries on the residual stream of a language model.",
    COMMENTS,
)
def language_model(data: Mapping[str, xr.Dataset]) -> Claim:
    raise Untested(
        "needs a language model and a dictionary on its residual stream, with feature effects "
        "measured on its logits"
    )
