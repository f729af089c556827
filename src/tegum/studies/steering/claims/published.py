"""What was said of probes and steering vectors."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding
from tegum.studies.steering.claims.conditions import (
    COMMENTS,
    COSINE_TOLERANCE,
    DERIVED,
    DOUBT,
    HALF,
    NEARLY_PARALLEL,
    PRECISION,
    PROTOTYPE,
    SHUFFLED,
    SQUARE,
    cosine,
    cosine_law,
    exactly,
    inside,
    near_law,
    of_ratios,
    off,
    one,
    order_one,
    ratios,
)
from tegum.theory import steering as law

R2_TOLERANCE = 0.02
"""Largest difference of an R² from d/G: own choice."""
LARGE = 3.0
"""Least off-target effect that is large (at G = d the law diverges): own choice."""
COLLAPSED = 0.2
"""Largest cosine that is a collapse (the law gives 0, and sqrt(2 / (pi d)) = 0.1 at d = 64)."""
NEARLY_EQUAL = 0.05
"""Largest relative difference of two off-target effects that are nearly equal: own choice."""
CANDIDATES = ["ridge", "representation", "surgical", "pattern", "mean_difference"]
"""Steering vectors other than the probe."""
SHARED = 0.6
"""Common weight that is compared with 0."""


e1_cosine = of_ratios(
    "With fewer features than dimensions the cosine of probe and representation vector is "
    "sqrt(1 - G/d).",
    PROTOTYPE,
)(partial(cosine_law, "below"), id="e1_cosine")


@exactly(
    "The least-squares probe is orthogonal to the representation vectors of all other features "
    "(G <= d).",
    f"{COMMENTS}, its later edit",
)
def e1_orthogonal(overcomplete: xr.Dataset) -> Claim:
    at_most = inside(overcomplete, "at most")
    because = (
        "probes fitted to samples, against the true vectors: largest p_i . v_j over all j, "
        f"relative to p_i . v_i; {ratios(at_most)}"
    )
    return within(PRECISION, off(at_most, "probe", "tied"), because=because)


e1_probe_offtarget = of_ratios(
    "Steering with the probe has off-target effects of order 1, by the probes (G < d).", PROTOTYPE
)(partial(order_one, "probes"), id="e1_probe_offtarget")


@exactly(
    "Steering with the representation or the surgical vector has none, by the probes (G < d).",
    PROTOTYPE,
)
def e1_no_offtarget(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "below")
    zero = off(part, ["representation", "surgical"])
    because = f"largest off-target effect, probes fitted to samples; {ratios(part)}"
    return within(PRECISION, zero, because=because)


@exactly("Surgical and representation vectors are the same (G <= d).", PROTOTYPE)
def e1_coincide(overcomplete: xr.Dataset) -> Claim:
    at_most = inside(overcomplete, "at most")
    because = (
        "largest distance of the pseudo-inverse of probes fitted to samples from the true "
        f"unit vectors; {ratios(at_most)}"
    )
    return within(PRECISION, at_most["surgical_error"].sel(control="none"), because=because)


@finding(
    "common",
    "A direction that all features share lowers the cosine of probe and representation.",
    PROTOTYPE,
    at={"common_weight": (0.0, SHARED)},
)
def e1_common(common: xr.Dataset) -> Claim:
    few = common.isel(n_features=0)
    probes = (cosine(few, "probe", control) for control in ("none", "shuffled"))
    change, shuffled = (at(c, common_weight=SHARED) - at(c, common_weight=0.0) for c in probes)
    because = f"rho = {SHARED:g} minus 0, at the fewest features; {ratios(common)}"
    return below(0.0, change, control=(SHUFFLED, shuffled), because=because)


@finding("common", "It lowers it by the factor sqrt(1 - rho), on both sides of G = d.", DERIVED)
def common_law(common: xr.Dataset) -> Claim:
    weight = common["common_weight"].values
    values = law.probe_cosine(common["overcompleteness"].values, weight[:, None])
    expected = xr.DataArray(values, dims=("common_weight", "n_features"))
    rho = ", ".join(f"{w:g}" for w in weight)
    because = f"largest deviation over rho = {rho}; {ratios(common)}"
    return near_law(COSINE_TOLERANCE, lambda c: cosine(common, "probe", c) - expected, because)


@of_ratios("At G = d that cosine collapses.", PROTOTYPE)
def e1_square_cosine(overcomplete: xr.Dataset) -> Claim:
    square = one(overcomplete, SQUARE)
    control = "the same at G = d/2", cosine(one(overcomplete, HALF), "probe")
    return below(COLLAPSED, cosine(square, "probe"), control=control, because=ratios(square))


@of_ratios("At G = d the probe's off-target effect is large.", PROTOTYPE)
def e1_square_offtarget(overcomplete: xr.Dataset) -> Claim:
    square, half = (off(one(overcomplete, ratio), "probe") for ratio in (SQUARE, HALF))
    because = "by the probes, where the law diverges"
    return above(LARGE, square, control=("the same at G = d/2", half), because=because)


@of_ratios("With more features than dimensions the R² of the probes is d/G.", PROTOTYPE)
def e2_r2(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    expected = law.explained_variance(part["overcompleteness"])
    deviation = part["r2"] - part["overcompleteness"].copy(data=expected)
    because = f"largest deviation, fresh samples, mean over features; {ratios(part)}"
    return near_law(R2_TOLERANCE, lambda control: deviation.sel(control=control), because)


def _probe_is_worst(reader: str, overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    own = off(part, "probe", reader)
    others = off(part, CANDIDATES, reader)
    shuffled = [off(part, m, reader, "shuffled") for m in ("probe", "surgical")]
    least = (shuffled[0] - shuffled[1]).min("overcompleteness")
    return above(
        0.0,
        (own - others.max("vector")).min("overcompleteness"),
        control=(f"probe minus surgical vector, {SHUFFLED}", least),
        because="least lead of the probe's off-target effect over the worst other candidate's "
        f"({', '.join(CANDIDATES)}); {ratios(part)}",
    )


WORST = [
    of_ratios(
        f"With more features than dimensions the probe is the worst of the steering vectors, {by}.",
        source,
    )(partial(_probe_is_worst, reader), id="e2_probe_worst" + f"_{reader}" * (reader != "probes"))
    for reader, by, source in (
        ("probes", "by the probes", PROTOTYPE),
        ("reencoded", "by the features of the re-encoded input", DOUBT),
        ("logits", "by its effect on random logits", DOUBT),
        ("tied", "by a transposed (tied) readout", DOUBT),
    )
]


@of_ratios(
    "With more features than dimensions surgical and representation vectors have nearly equal "
    "off-target effects, by the probes.",
    PROTOTYPE,
)
def e2_nearly_equal(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    base = off(part, "representation")
    because = f"largest relative difference; {ratios(part)}"
    return near_law(NEARLY_EQUAL, lambda c: off(part, "surgical", control=c) / base - 1, because)


@of_ratios("They are nearly parallel.", PROTOTYPE)
def e2_parallel(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    least, shuffled = (
        cosine(part, "surgical", c).min("overcompleteness") for c in ("none", "shuffled")
    )
    because = f"least cosine, mean over features; {ratios(part)}"
    return above(NEARLY_PARALLEL, least, control=(SHUFFLED, shuffled), because=because)
