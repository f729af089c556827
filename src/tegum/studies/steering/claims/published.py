"""What was said of probes and steering vectors."""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding
from tegum.studies.steering.claims.conditions import (
    CANDIDATES,
    COLLAPSED,
    COMMENTS,
    COSINE_TOLERANCE,
    DERIVED,
    DOUBT,
    HALF,
    LARGE,
    NEARLY_EQUAL,
    NEARLY_PARALLEL,
    PRECISION,
    PROTOTYPE,
    R2_TOLERANCE,
    SHARED,
    SHUFFLED,
    SQUARE,
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
    "With fewer features than dimensions the cosine of probe and representation vector is "
    "sqrt(1 - G/d).",
    PROTOTYPE,
)
def e1_cosine(overcomplete: xr.Dataset) -> Claim:
    return follows_the_law(overcomplete, "below")


@finding(
    "overcomplete",
    "The least-squares probe is orthogonal to the representation vectors of all other features "
    "(G <= d).",
    f"{COMMENTS}, its later edit",
    kind="exact",
)
def e1_orthogonal(overcomplete: xr.Dataset) -> Claim:
    at_most = inside(overcomplete, "at most")
    orthogonal = off(at_most, "probe", "tied")
    return within(
        PRECISION,
        float(orthogonal.max()),
        cases=orthogonal.size,
        because="probes fitted to samples, against the true vectors: largest p_i . v_j over all j, "
        f"relative to p_i . v_i; {ratios(at_most)}",
    )


@finding(
    "overcomplete",
    "Steering with the probe has off-target effects of order 1, by the probes (G < d).",
    PROTOTYPE,
)
def e1_probe_offtarget(overcomplete: xr.Dataset) -> Claim:
    return order_one(overcomplete, "probes")


@finding(
    "overcomplete",
    "Steering with the representation or the surgical vector has none, by the probes (G < d).",
    PROTOTYPE,
    kind="exact",
)
def e1_no_offtarget(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "below")
    zero = part["offtarget"].sel(
        control="none", reader="probes", vector=["representation", "surgical"]
    )
    return within(
        PRECISION,
        float(zero.max()),
        cases=zero.size,
        because=f"largest off-target effect, probes fitted to samples; {ratios(part)}",
    )


@finding(
    "overcomplete",
    "Surgical and representation vectors are the same (G <= d).",
    PROTOTYPE,
    kind="exact",
)
def e1_coincide(overcomplete: xr.Dataset) -> Claim:
    at_most = inside(overcomplete, "at most")
    error = at_most["surgical_error"].sel(control="none")
    return within(
        PRECISION,
        float(error.max()),
        cases=error.size,
        because="largest distance of the pseudo-inverse of probes fitted to samples from the true "
        f"unit vectors; {ratios(at_most)}",
    )


@finding(
    "common",
    "A direction that all features share lowers the cosine of probe and representation.",
    PROTOTYPE,
    at={"common_weight": (0.0, SHARED)},
)
def e1_common(common: xr.Dataset) -> Claim:
    few = common.isel(n_features=0)
    change = {
        c: at(cosine(few, "probe", c), common_weight=SHARED)
        - at(cosine(few, "probe", c), common_weight=0.0)
        for c in ("none", "shuffled")
    }
    return below(
        0.0,
        change["none"],
        control=(SHUFFLED, change["shuffled"]),
        because=f"rho = {SHARED:g} minus 0, at the fewest features; {ratios(common)}",
    )


@finding("common", "It lowers it by the factor sqrt(1 - rho), on both sides of G = d.", DERIVED)
def common_law(common: xr.Dataset) -> Claim:
    weight = common["common_weight"].values
    values = law.probe_cosine(common["overcompleteness"].values, weight[:, None])
    expected = xr.DataArray(values, dims=("common_weight", "n_features"))
    return below(
        COSINE_TOLERANCE,
        worst(cosine(common, "probe") - expected),
        control=(SHUFFLED, worst(cosine(common, "probe", "shuffled") - expected)),
        because=f"largest deviation over rho = {', '.join(f'{w:g}' for w in weight)}; "
        f"{ratios(common)}",
    )


@finding("overcomplete", "At G = d that cosine collapses.", PROTOTYPE)
def e1_square_cosine(overcomplete: xr.Dataset) -> Claim:
    square = one(overcomplete, SQUARE)
    return below(
        COLLAPSED,
        cosine(square, "probe"),
        control=("the same at G = d/2", cosine(one(overcomplete, HALF), "probe")),
        because=ratios(square),
    )


@finding("overcomplete", "At G = d the probe's off-target effect is large.", PROTOTYPE)
def e1_square_offtarget(overcomplete: xr.Dataset) -> Claim:
    return above(
        LARGE,
        off(one(overcomplete, SQUARE), "probe"),
        control=("the same at G = d/2", off(one(overcomplete, HALF), "probe")),
        because="by the probes, where the law diverges",
    )


@finding(
    "overcomplete",
    "With more features than dimensions the R² of the probes is d/G.",
    PROTOTYPE,
)
def e2_r2(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    expected = law.explained_variance(part["overcompleteness"])
    deviation = part["r2"] - part["overcompleteness"].copy(data=expected)
    return below(
        R2_TOLERANCE,
        worst(deviation.sel(control="none")),
        control=(SHUFFLED, worst(deviation.sel(control="shuffled"))),
        because=f"largest deviation, fresh samples, mean over features; {ratios(part)}",
    )


def _probe_is_worst(reader: str, overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    own = off(part, "probe", reader)
    others = part["offtarget"].sel(
        {"control": "none", "vector": list(CANDIDATES), "reader": reader}
    )
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
    finding(
        "overcomplete",
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


@finding(
    "overcomplete",
    "With more features than dimensions surgical and representation vectors have nearly equal "
    "off-target effects, by the probes.",
    PROTOTYPE,
)
def e2_nearly_equal(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    base = off(part, "representation")
    near = [worst(off(part, "surgical", control=c) / base - 1) for c in ("none", "shuffled")]
    return below(
        NEARLY_EQUAL,
        near[0],
        control=(SHUFFLED, near[1]),
        because=f"largest relative difference; {ratios(part)}",
    )


@finding("overcomplete", "They are nearly parallel.", PROTOTYPE)
def e2_parallel(overcomplete: xr.Dataset) -> Claim:
    part = inside(overcomplete, "above")
    least = [cosine(part, "surgical", c).min("overcompleteness") for c in ("none", "shuffled")]
    return above(
        NEARLY_PARALLEL,
        least[0],
        control=(SHUFFLED, least[1]),
        because=f"least cosine, mean over features; {ratios(part)}",
    )
