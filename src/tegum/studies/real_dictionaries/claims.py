"""Findings on dictionaries of SmolLM2, whose weights were quantised.

Seeds are those of dictionaries, and of the texts whose outputs are looked at.

Thresholds were fixed before any result but one: two trial fits had shown that a Gaussian of equal
covariance is explained worse than the activations of block 14. Sizes (tokens, steps, rungs, blocks)
were changed after a first look, for budgets and convergence.
"""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.changed_outputs import TOY, TWICE, WELL, on_errors, ratio
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.comparisons import less_than_under
from tegum.ledger.extras import with_models
from tegum.ledger.findings import finding
from tegum.studies.real_dictionaries.schema import RUNGS

HEAP = "Heap et al. 2025, sparse autoencoders of random transformers"
PROTOTYPE = "measured on small models, in the study model_or_dataset"
ANGSTEN = "Angsten (comments), on superposition where nothing but a softmax follows"
KORZNIKOV = "Korznikov et al. 2026, random baselines"

SIMILAR = 0.1
"""Difference of FVU within which reconstructions are similar: own choice."""
MOST = 0.5
"""Share that counts as most: own choice."""
LAST, MIDDLE, EARLIER = 29, 14, (4, 14)
"""The last block, the middle one, and all that are measured before the last."""
FEW, MANY = 64, 256
"""Latents of the smaller and of the larger dictionaries."""
WORDS = {
    "untrained": "the same architecture with weights drawn anew",
    "untrained_kept": "weights drawn anew, with the trained embedding",
    "matched_normal": "Gaussian weights of equal mean and variance",
    "matched_normal_kept": "Gaussian weights with the trained embedding",
    "spectrum": "weights of equal singular values",
    "spectrum_kept": "weights of equal singular values, with the trained embedding",
    "unigram": "shuffled tokens",
    "uniform": "tokens drawn uniformly",
    "gaussian": "a Gaussian of equal covariance",
    "permuted_dimensions": "permuted dimensions",
    "permuted_latents": "permuted latents",
    "random_decoder": "the same codes with random directions",
    "frozen_decoder": "random directions that do not learn",
}
"""What each rung is."""
SOURCES = {"untrained": HEAP, "untrained_kept": HEAP, "frozen_decoder": KORZNIKOV}


def _there(ds: xr.Dataset) -> xr.Dataset:
    return with_models(ds, "real_dictionaries")


def _fvu(ds: xr.Dataset) -> xr.DataArray:
    return _there(ds)["fvu"]


def _explained(rung: str, ds: xr.Dataset) -> Claim:
    fvu = _fvu(ds).rename(rung="control")
    fitted = at(ds["fvu_fitted"], rung=["none", rung])
    told = (
        "FVU on held-out texts under the control minus that of the trained model, "
        f"{float(at(fvu, control='none').mean()):.3f}; on the texts that were fitted to "
        f"{listed(fitted)}"
    )
    return less_than_under(fvu, (rung,), told)


rungs = [
    finding(
        sweep,
        f"A {name} dictionary leaves less of the trained model's activations than of {words}.",
        SOURCES.get(rung, PROTOTYPE),
        at={"rung": ("none", rung)},
        converged=0.05,
    )(partial(_explained, rung), id=f"{sweep}_{rung}")
    for sweep, name, some in (
        ("ladder", "TopK", RUNGS[1:]),
        ("batchtopk", "BatchTopK", ("untrained_kept", "gaussian")),
    )
    for rung, words in WORDS.items()
    if rung in some
]


@finding(
    "ladder",
    "Reconstruction does not tell a trained transformer from one with weights drawn anew.",
    HEAP,
    at={"rung": ("none", "untrained_kept", "gaussian")},
    converged=0.05,
    no_effect=True,
)
def heap_alike(ladder: xr.Dataset) -> Claim:
    fvu = _fvu(ladder)
    far, other = (
        abs(at(fvu, rung=rung) - at(fvu, rung="none")) for rung in ("untrained_kept", "gaussian")
    )
    told = "difference of FVU, trained embedding kept"
    return below(SIMILAR, far, control=("a Gaussian of equal covariance", other), because=told)


@finding(
    "ladder",
    "Latents of the trained model are less those of single tokens than with weights drawn anew.",
    HEAP,
    at={"rung": ("none", "untrained_kept", "uniform")},
    converged=0.05,
)
def heap_tokens(ladder: xr.Dataset) -> Claim:
    entropy = _there(ladder)["token_entropy"].mean("latent")
    own = at(entropy, rung="none")
    anew, uniform = (own - at(entropy, rung=rung) for rung in ("untrained_kept", "uniform"))
    told = (
        "mean entropy over tokens of what a latent fires on, "
        f"{float(own.mean()):.2f} nat, minus that with weights drawn anew"
    )
    return above(0.0, anew, control=("tokens drawn uniformly", uniform), because=told, unit="nat")


def _excess(layers: xr.Dataset) -> xr.DataArray:
    """What dictionaries of 256 latents gain over a Gaussian, by layer and seed."""
    fvu = at(_fvu(layers), latents=MANY)
    return at(fvu, rung="gaussian") - at(fvu, rung="none")


def _gain(layers: xr.Dataset) -> xr.DataArray:
    """Fall of the FVU from 64 to 256 latents, by rung, layer and seed."""
    fvu = _fvu(layers)
    return at(fvu, latents=FEW) - at(fvu, latents=MANY)


@finding(
    "layers",
    "Behind the last block, where only a norm and a softmax follow, a dictionary still finds more "
    "than a Gaussian of equal covariance has.",
    ANGSTEN,
    at={"layer": (LAST, MIDDLE)},
    converged=0.05,
)
def last_excess(layers: xr.Dataset) -> Claim:
    excess = _excess(layers)
    told = f"FVU of the Gaussian minus that of the activations; by block {listed(excess)}"
    return above(
        0.0,
        at(excess, layer=LAST),
        control=(f"block {MIDDLE}", at(excess, layer=MIDDLE)),
        because=told,
    )


@finding(
    "layers",
    "Behind the last block a dictionary finds less beyond a Gaussian than behind earlier ones.",
    ANGSTEN,
    at={"layer": (*EARLIER, LAST)},
    converged=0.05,
)
def last_least(layers: xr.Dataset) -> Claim:
    excess = _excess(layers)
    others = at(excess, layer=list(EARLIER)).mean("layer")
    first = at(excess, layer=EARLIER[0])
    told = f"mean excess of earlier blocks minus that of the last; by block {listed(excess)}"
    return above(
        0.0,
        others - at(excess, layer=LAST),
        control=(f"block {EARLIER[0]} in place of the last", others - first),
        because=told,
    )


@finding(
    "layers",
    "Four times as many latents gain more behind the last block than on a Gaussian.",
    ANGSTEN,
    at={"layer": (LAST, MIDDLE), "latents": (FEW, MANY)},
    converged=0.05,
    sizes="overcomplete dictionaries, which need more tokens, are those of scale paper",
)
def last_expansion(layers: xr.Dataset) -> Claim:
    more = at(_gain(layers), rung="none") - at(_gain(layers), rung="gaussian")
    told = (
        f"fall of the FVU from {FEW} to {MANY} latents (fewer than the 576 dimensions), beyond "
        f"that of a Gaussian; by block {listed(more, 3)}"
    )
    return above(
        0.0, at(more, layer=LAST), control=(f"block {MIDDLE}", at(more, layer=MIDDLE)), because=told
    )


errors = on_errors("outputs", _there, converged=0.05)

on_spheres = partial(finding, "outputs", converged=0.05)
PEAK = "KL over the median of random directions"


def _peak(outputs: xr.Dataset, kind: str) -> xr.DataArray:
    return at(_there(outputs)["sphere_peak"], kind=kind)


def _small_and_large(outputs: xr.Dataset, kind: str) -> list[xr.DataArray]:
    peak = _peak(outputs, kind)
    return [peak.isel(radius=i, drop=True) for i in (0, -1)]


@on_spheres("Directions of active latents stand out on spheres of every radius.", TOY)
def g4_active(outputs: xr.Dataset) -> Claim:
    found, mixed = (_peak(outputs, kind).min("radius") for kind in ("active", "mixture"))
    told = f"{PEAK}, least over radii; {listed(_peak(outputs, 'active'))}"
    return above(WELL, found, control=("mixtures of inactive latents", mixed), because=told)


@on_spheres("Directions of inactive latents stand out on the largest spheres.", TOY)
def g4_inactive(outputs: xr.Dataset) -> Claim:
    small, large = _small_and_large(outputs, "inactive")
    told = f"{PEAK}; by radius {listed(_peak(outputs, 'inactive'))}"
    return above(WELL, large, control=("the smallest spheres", small), because=told)


@on_spheres("On the smallest ones they do not.", TOY)
def g4_below(outputs: xr.Dataset) -> Claim:
    small, large = _small_and_large(outputs, "inactive")
    return below(WELL, small, control=("the largest spheres", large), because=PEAK)


@on_spheres("Mixtures of inactive latents never stand out.", TOY)
def g4_mixture(outputs: xr.Dataset) -> Claim:
    found, active = (_peak(outputs, kind).max("radius") for kind in ("mixture", "active"))
    told = f"{PEAK}, most over radii; {listed(_peak(outputs, 'mixture'))}"
    return below(WELL, found, control=("active latents", active), because=told)


@finding(
    "outputs",
    "Most of what replacing an activation by the mean does to outputs is spared by the dictionary.",
    PROTOTYPE,
    converged=0.05,
)
def recovered(outputs: xr.Dataset) -> Claim:
    found, again = (
        1.0 - ratio(_there(outputs), name, "mean") for name in ("dictionary", "shuffled")
    )
    told = "1 - KL of the reconstruction over that of the mean activation"
    return above(MOST, found, control=("the error of another token", again), because=told)


@finding(
    "outputs",
    "Latents that are added change outputs at least twice as much as random directions as long.",
    f"{PROTOTYPE}, by its rule for a feature of the model",
    converged=0.05,
)
def latents_effect(outputs: xr.Dataset) -> Claim:
    ds = _there(outputs)
    found, matched = (
        (ds["latent_kl"] / ds[name]).median("latent") for name in ("random_kl", "matched_kl")
    )
    told = "median over latents of the ratio of the divergences"
    control = "over directions of equal covariance", matched
    return above(TWICE, found, control=control, because=told)


@finding(
    "outputs",
    "Most latents change outputs more than a random direction of equal covariance and length does.",
    f"{PROTOTYPE}, by its rule for a feature of the model",
    converged=0.05,
)
def latents_moving(outputs: xr.Dataset) -> Claim:
    ds = _there(outputs)
    over, random = (
        (ds[name] > ds["matched_kl"]).mean("latent") for name in ("latent_kl", "random_kl")
    )
    told = "share of latents that do more than a direction of equal covariance as long as they"
    return above(MOST, over, control=("isotropic directions", random), because=told)
