"""Findings. Every number is one per world; thresholds were chosen before any result."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.comparisons import sides
from tegum.ledger.findings import Untested, finding

GURNEE = "Gurnee 2024, SAE reconstruction errors are (empirically) pathological"
MENDEL = "Mendel (comments): expected from sparse readoffs that correct errors"
PLATEAUS = "Heimersheim and Mendel 2024, activation plateaus"
PROTOTYPE = "Mendel (comments); a small prototype of this project"

NONE, HIGH, LONG, SHORT = 0.0, 0.5, 3000, 300
"""Thresholds without and with most correction; steps of the best and of the worst dictionary."""
TWICE = 2.0
"""The lower end of the published ratios, 2 to 4.5."""
ALIKE = 1.25
"""Largest ratio of divergences that counts as near 1: own choice."""
WELL = 1.5
"""Ratio that counts as well above 1, and as a spike: own choice."""
NO_LESS = 0.9
"""Least ratio of the ratios of a good and a bad dictionary that is no fall: own choice."""
BELOW, ABOVE, CORRECTED = 0.1, 0.8, 0.4
"""Radii well below and above a threshold, and that threshold."""
NO_THRESHOLD = "no threshold"
LONGEST = {"dictionary_steps": LONG}
RATIO = "KL of the dictionary's errors over that of isotropic changes as long"


def _ratio(ds: xr.Dataset, name: str = "dictionary", by: str = "isotropic") -> xr.DataArray:
    """Divergence of one substitution over that of another."""
    kl = ds["kl"]
    return at(kl, substitution=name) / at(kl, substitution=by)


def _moved(ds: xr.Dataset, name: str) -> xr.DataArray:
    """Divergence of one move of the reconstruction over that of an isotropic one."""
    return at(ds["moved_kl"], move=name) / at(ds["moved_kl"], move="isotropic")


def _trained(statement: str, source: str, thresholds: tuple[float, ...] = (NONE, HIGH)):
    where = {**LONGEST, "threshold": thresholds}
    return finding("errors", statement, source, at=where, converged=0.05)


@_trained(
    "A threshold in what reads them is enough for errors of dictionaries to change outputs at "
    "least twice as much as random changes of equal length.",
    f"{GURNEE}, for language models; {MENDEL}",
)
def g1_threshold(errors: xr.Dataset) -> Claim:
    ratio = at(_ratio(errors), **LONGEST)
    shown = f"{RATIO}; by threshold {listed(ratio)}"
    return above(TWICE, **sides(ratio, "threshold", HIGH, NONE, NO_THRESHOLD), because=shown)


@finding(
    "errors",
    "Without a threshold both change outputs alike.",
    PROTOTYPE,
    at={**LONGEST, "threshold": (NONE, HIGH)},
    converged=0.05,
    no_effect=True,
)
def g2_none(errors: xr.Dataset) -> Claim:
    ratio = at(_ratio(errors), **LONGEST)
    far = xr.ufuncs.maximum(ratio, 1 / ratio)
    told = f"the larger of ratio and its inverse; {RATIO}"
    return below(
        ALIKE, **sides(far, "threshold", NONE, HIGH, f"a threshold of {HIGH:g}"), because=told
    )


@_trained("The ratio grows with the threshold.", PROTOTYPE, (0.3, 0.4, HIGH))
def g2_grows(errors: xr.Dataset) -> Claim:
    found, again = (
        at(_ratio(errors, name), **LONGEST).diff("threshold").min("threshold")
        for name in ("dictionary", "isotropic again")
    )
    told = f"smallest step from threshold to threshold; {RATIO}"
    return above(0.0, found, control=("other isotropic changes", again), because=told)


@finding(
    "errors",
    "The ratio does not shrink as dictionaries improve.",
    PROTOTYPE,
    at={"dictionary_steps": (SHORT, LONG), "threshold": HIGH},
    no_effect=True,
)
def g2_quality(errors: xr.Dataset) -> Claim:
    long, short = (at(errors, threshold=HIGH, dictionary_steps=s) for s in (LONG, SHORT))
    explained = [f"{float(ds['fvu'].mean()):.3f}" for ds in (short, long)]
    told = f"ratio after {LONG:,} over {SHORT} steps; FVU {' and '.join(explained)}"
    kl = at(long["kl"], substitution="dictionary") / at(short["kl"], substitution="dictionary")
    return above(
        NO_LESS,
        _ratio(long) / _ratio(short),
        control=("the divergence itself, not over that of random changes", kl),
        because=told,
    )


@_trained(
    "It is not the covariance of the errors: random changes of equal covariance do less as well.",
    PROTOTYPE,
)
def g2_covariance(errors: xr.Dataset) -> Claim:
    ratio = at(_ratio(errors, by="equal covariance"), **LONGEST)
    told = "KL of the dictionary's errors over that of random changes of equal covariance, as long"
    return above(WELL, **sides(ratio, "threshold", HIGH, NONE, NO_THRESHOLD), because=told)


@_trained(
    "It is not the length of reconstructions: with corrected norms they do as much as before.",
    f"{GURNEE}, abstract",
)
def g1_norm(errors: xr.Dataset) -> Claim:
    ratio = at(_ratio(errors, "norm corrected"), **LONGEST, threshold=HIGH)
    again = at(_ratio(errors, "isotropic again"), **LONGEST, threshold=HIGH)
    told = "KL of norm-corrected reconstructions over that of isotropic changes as long as errors"
    return above(WELL, ratio, control=("other isotropic changes", again), because=told)


@_trained("The error of another sample does no more than a random change.", MENDEL)
def g1_shuffled(errors: xr.Dataset) -> Claim:
    found, own = (
        at(_ratio(errors, name), **LONGEST, threshold=HIGH) for name in ("shuffled", "dictionary")
    )
    told = "KL of another sample's error over that of isotropic changes as long"
    return below(WELL, found, control=("the sample's own error", own), because=told)


@_trained(
    "With a threshold, changes of active latents alone change outputs well more than random ones.",
    PROTOTYPE,
)
def g3_preserving(errors: xr.Dataset) -> Claim:
    found, other = (
        at(_moved(errors, name), **LONGEST, threshold=HIGH) for name in ("active", "inactive")
    )
    told = "KL over that of isotropic changes as long, both from the reconstruction"
    return above(WELL, found, control=("as many inactive latents", other), because=told)


@_trained("Without a threshold they do no more than random ones.", PROTOTYPE)
def g3_none(errors: xr.Dataset) -> Claim:
    found = at(_moved(errors, "active"), **LONGEST)
    told = "KL over that of isotropic changes as long, both from the reconstruction"
    control = f"a threshold of {HIGH:g}"
    return below(WELL, **sides(found, "threshold", NONE, HIGH, control), because=told)


@_trained("Inactive latents that are switched on do hardly more than random changes.", PROTOTYPE)
def g3_breaking(errors: xr.Dataset) -> Claim:
    found, other = (
        at(_moved(errors, name), **LONGEST, threshold=HIGH) for name in ("inactive", "active")
    )
    told = "KL over that of isotropic changes as long, both from the reconstruction"
    return below(WELL, found, control=("active latents", other), because=told)


on_spheres = {"threshold": CORRECTED, "radius": (BELOW, ABOVE)}
PEAK = f"KL over the median of random directions, threshold {CORRECTED:g}"


def _peak(spheres: xr.Dataset, kind: str) -> xr.DataArray:
    return at(spheres["peak"], threshold=CORRECTED, kind=kind)


@finding(
    "spheres",
    "Directions of active features stand out on spheres of every radius.",
    PROTOTYPE,
    at=on_spheres,
)
def g4_active(spheres: xr.Dataset) -> Claim:
    found, mixed = (_peak(spheres, kind).min("radius") for kind in ("active", "mixture"))
    told = f"{PEAK}, least over radii; {listed(_peak(spheres, 'active'), 1)}"
    return above(WELL, found, control=("mixtures of inactive features", mixed), because=told)


@finding(
    "spheres",
    "Directions of inactive features stand out where the radius exceeds the threshold.",
    PROTOTYPE,
    at=on_spheres,
)
def g4_inactive(spheres: xr.Dataset) -> Claim:
    found = _peak(spheres, "inactive")
    told = f"{PEAK}, at radius {ABOVE:g}; by radius {listed(found, 1)}"
    control = f"radius {BELOW:g}, below it"
    return above(WELL, **sides(found, "radius", ABOVE, BELOW, control), because=told)


@finding(
    "spheres",
    "Below the threshold they do not.",
    PROTOTYPE,
    at=on_spheres,
)
def g4_below(spheres: xr.Dataset) -> Claim:
    told = f"{PEAK}, at radius {BELOW:g}"
    both = sides(_peak(spheres, "inactive"), "radius", BELOW, ABOVE, f"radius {ABOVE:g}, above it")
    return below(WELL, **both, because=told)


@finding("spheres", "Mixtures of inactive features never stand out.", PROTOTYPE, at=on_spheres)
def g4_mixture(spheres: xr.Dataset) -> Claim:
    found, active = (_peak(spheres, kind).max("radius") for kind in ("mixture", "active"))
    told = f"{PEAK}, most over radii; {listed(_peak(spheres, 'mixture'))}"
    return below(WELL, found, control=("active features", active), because=told)


@finding(
    "spheres",
    "Random directions that change outputs most point along features.",
    MENDEL,
    at=on_spheres,
)
def g4_aligned(spheres: xr.Dataset) -> Claim:
    cosine = at(spheres["top_cosine"], threshold=CORRECTED, radius=ABOVE)
    top, every = (at(cosine, part=part) for part in ("top", "all"))
    all_of_them = f"that of all, {float(every.mean()):.3f}"
    told = f"largest |cos| with a feature of the top 1 % of the directions minus {all_of_them}"
    small = at(spheres["top_cosine"], threshold=CORRECTED, radius=BELOW)
    under = at(small, part="top") - at(small, part="all")
    return above(0.0, top - every, control=(f"radius {BELOW:g}", under), because=told)


on_lines = {"threshold": (NONE, HIGH)}
HALF = "distance at which the divergence has half of its maximum"


@finding(
    "plateaus",
    "Towards another activation outputs change sooner than in a random direction.",
    PLATEAUS,
    at=on_lines,
)
def g5_difference(plateaus: xr.Dataset) -> Claim:
    half = plateaus["half"]
    ratio, matched = (
        at(half, line="difference") / at(half, line=name)
        for name in ("isotropic", "equal covariance")
    )
    other = f"{float(at(matched, threshold=HIGH).mean()):.3f} over that of equal covariance"
    told = f"{HALF}, over that of isotropic directions; {other}"
    return below(1.0, **sides(ratio, "threshold", HIGH, NONE, NO_THRESHOLD), because=told)


@finding("plateaus", "Outputs have plateaus where there is a threshold.", PLATEAUS, at=on_lines)
def g5_plateau(plateaus: xr.Dataset) -> Claim:
    half = at(plateaus["half"], line="isotropic")
    last = float(half["threshold"].max())
    excess = half - at(half, threshold=NONE)
    told = (
        f"{HALF} of isotropic directions, over an activation's length, beyond that at threshold 0"
    )
    both = sides(excess, "threshold", last, NONE, NO_THRESHOLD)
    return above(0.0, **both, because=told)


@finding(
    (),
    "In every layer of GPT-2 errors of dictionaries increase the loss two to 4.5 times as much as "
    "random changes of equal length.",
    GURNEE,
    sizes="dictionaries of 24,576 latents on GPT-2 small and two million tokens would",
)
def g1_language_model() -> Claim:
    raise Untested(
        "judged on SmolLM2 in the study real_dictionaries, and on small decoders in the study "
        "embedding: g1, g1_norm, g1_covariance"
    )
