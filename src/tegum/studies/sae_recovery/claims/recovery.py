"""A1–A4: directions, supports and magnitudes that the architectures recover."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, listed
from tegum.studies.sae_recovery.claims.shared import (
    DENSE,
    L1,
    NEAREST,
    OPEN,
    PROTOTYPE,
    RANDOM,
    RECOVERED_MEAN,
    UNVERIFIED,
    among,
    fits,
    of,
)

DISAGREEMENT = 0.1
"""Least effect of the learning rate on it: half of how much libraries disagree (0.2)."""
STRUCTURE = 0.1
"""Least lead of a fit over that on Gaussian data: own choice."""
FAR_ABOVE = 2.0
"""Least ratio of active latents to active features that is far above 1: own choice."""
UNBIASED = 0.01
"""Largest |gamma - 1| of an unbiased reconstruction: the published size."""
POOR = 0.3
"""Least gap between directions and supports that is a dissociation: own choice."""
IMPERFECT = 0.1
"""Least gap that is imperfect: own choice."""
GROWING, FEWER = ("l1", "topk", "jumprelu"), ("batchtopk", "matryoshka", "gated")
TITLES = {"l1": "L1", "topk": "TopK", "jumprelu": "JumpReLU", "gated": "Gated"}


def _at_best_rate(ds: xr.Dataset, architecture: str) -> tuple[np.ndarray, float]:
    """Matched |cos| per seed at the learning rate with the best mean, and that rate."""
    matched = of(ds, "mcc", architecture=architecture)
    best = matched.isel(learning_rate=int(matched.mean("seed").argmax("learning_rate")))
    return best.values, float(best["learning_rate"])


def _chance(ds: xr.Dataset) -> xr.DataArray:
    return of(ds, "mcc", "random").max("learning_rate")


def _nearly(architecture: str, ds: xr.Dataset) -> Claim:
    values, rate = _at_best_rate(ds, architecture)
    return above(
        RECOVERED_MEAN,
        values,
        control=(RANDOM, at(_chance(ds), architecture=architecture)),
        because=f"at learning rate {rate:g}, the best mean of "
        f"{', '.join(f'{r:g}' for r in ds['learning_rate'].values)}",
    )


A1 = [
    fits(
        "learning_rate",
        f"At the right learning rate {TITLES[name]} dictionaries recover nearly all directions.",
        UNVERIFIED,
        at={"architecture": name},
    )(partial(_nearly, name), id=f"a1_{name}")
    for name in GROWING
]


@fits(
    "learning_rate",
    "Each of BatchTopK, Matryoshka and Gated recovers directions less well than each of L1, "
    "TopK and JumpReLU, each at its right learning rate.",
    UNVERIFIED,
    at={"architecture": GROWING + FEWER},
)
def a1_fewer(ds: xr.Dataset) -> Claim:
    best = {str(a): _at_best_rate(ds, a)[0] for a in ds["architecture"].values}
    chance = _chance(ds)
    return above(
        0.0,
        np.min([best[a] for a in GROWING], 0) - np.max([best[a] for a in FEWER], 0),
        control=(
            "random directions: L1 minus Gated",
            at(chance, architecture="l1") - at(chance, architecture="gated"),
        ),
        because="least matched |cos| of the former minus the largest of the latter: "
        + ", ".join(f"{a} {v.mean():.2f}" for a, v in best.items()),
    )


@fits("learning_rate", "The learning rate alone decides over much recovery.", UNVERIFIED)
def a1_learning_rate(ds: xr.Dataset) -> Claim:
    matched = of(at_least(ds, learning_rate=2, architecture=2), "mcc")
    spread = matched.max("learning_rate") - matched.min("learning_rate")
    return above(
        DISAGREEMENT,
        spread.max("architecture"),
        control=("the architecture that depends least on it", spread.min("architecture")),
        because="largest minus smallest matched |cos| over learning rates, of the architecture "
        "that depends most on it",
    )


@fits(
    "frontier",
    "Pursuit with the true directions has better supports than any dictionary's own encoder.",
    UNVERIFIED,
)
def a1_pursuit(ds: xr.Dataset) -> Claim:
    own = of(ds, "support_f1").max(["architecture", "level"])
    oracle = of(ds, "pursuit_f1", "oracle", level=NEAREST).max("architecture")
    learned = of(ds, "pursuit_f1").max(["architecture", "level"])
    return above(
        0.0,
        oracle - own,
        control=("pursuit with the best learned dictionary", learned - own),
        because=f"F1 {float(oracle.mean()):.2f} against {float(own.mean()):.2f} of the best "
        "encoder over architectures and levels",
    )


@fits(
    "frontier",
    "Dictionaries are nearer to the features than those fitted to Gaussian activations of equal "
    "covariance.",
    OPEN,
    at={"level": NEAREST},
)
def gaussian(ds: xr.Dataset) -> Claim:
    noise = of(ds, "mcc", "gaussian", level=NEAREST)
    lead = of(ds, "mcc", level=NEAREST) - noise
    chance = of(ds, "mcc", "random", level=NEAREST) - noise
    return above(
        STRUCTURE,
        lead.min("architecture"),
        control=("random directions in place of the fit", chance.min("architecture")),
        because="matched |cos| of the fit minus that of the Gaussian fit, least over "
        "architectures: " + listed(lead),
    )


def _falls(measure: str, ds: xr.Dataset) -> Claim:
    steps = of(at_least(ds, level=2), measure).diff("level")
    return below(
        0.0,
        among(steps, *L1).max(["architecture", "level"]),
        control=("TopK, as k falls", at(steps, architecture="topk").max("level")),
        because="largest change between successive lambda, of both L1 dictionaries",
    )


on_l1 = partial(fits, "frontier", source=PROTOTYPE, at={"architecture": (*L1, "topk")})
a2_shrinkage = on_l1("Under L1, |x'| / |x| falls as lambda rises.")(
    partial(_falls, "shrinkage"), id="a2_shrinkage"
)
a2_bias = on_l1("Under L1, the relative reconstruction bias gamma falls as lambda rises.")(
    partial(_falls, "relative_bias"), id="a2_bias"
)


@on_l1("Under weak L1 far more latents are active than features are.")
def a2_active(ds: xr.Dataset) -> Claim:
    ratio = of(ds, "l0", level=DENSE) / of(ds, "true_l0", level=DENSE)
    return above(
        FAR_ABOVE,
        among(ratio, *L1).min("architecture"),
        control=("TopK", at(ratio, architecture="topk")),
        because="active latents over active features at the smallest lambda",
    )


def _unbiased(architecture: str, ds: xr.Dataset) -> Claim:
    bias = abs(of(ds, "relative_bias") - 1).max("level")
    return below(
        UNBIASED,
        at(bias, architecture=architecture),
        control=("L1 of 2023", at(bias, architecture="standard")),
        because="largest |gamma - 1| over levels",
    )


A2 = [
    fits(
        "frontier",
        f"Reconstructions of {TITLES[name]} dictionaries are not shrunken: gamma = 1.",
        PROTOTYPE,
        at={"architecture": name},
    )(partial(_unbiased, name), id=f"a2_unbiased_{name}")
    for name in ("topk", "jumprelu", "gated")
]


def _gap(ds: xr.Dataset) -> xr.DataArray:
    return of(ds, "mcc") - of(ds, "support_f1")


def _dissociated(
    architecture: str, threshold: float, frontier: xr.Dataset, orthonormal: xr.Dataset
) -> Claim:
    return above(
        threshold,
        at(_gap(frontier), architecture=architecture, level=NEAREST),
        control=("no superposition", at(_gap(orthonormal), architecture=architecture)),
        because="matched |cos| minus F1, at the sparsity nearest to that of the features",
    )


dissociation = partial(fits, ("frontier", "orthonormal"), source=PROTOTYPE)
a3_l1 = dissociation(
    "Dissociation: L1 dictionaries recover directions far better than supports.",
    at={"architecture": "l1", "level": NEAREST},
)(partial(_dissociated, "l1", POOR), id="a3_l1")
a3_topk = dissociation(
    "Dissociation: TopK dictionaries recover directions better than supports.",
    at={"architecture": "topk", "level": NEAREST},
)(partial(_dissociated, "topk", IMPERFECT), id="a3_topk")


@dissociation("The gap is larger under weak L1 than with TopK.", at={"architecture": (*L1, "topk")})
def a3_worst(frontier: xr.Dataset, orthonormal: xr.Dataset) -> Claim:
    gap, none = _gap(frontier), _gap(orthonormal)
    weak = among(at(gap, level=DENSE), *L1).min("architecture")
    return above(
        0.0,
        weak - at(gap, architecture="topk", level=NEAREST),
        control=(
            "no superposition",
            among(none, *L1).min("architecture") - at(none, architecture="topk"),
        ),
        because="gap at the smallest lambda, the smaller one of both L1 dictionaries, minus "
        "that of TopK",
    )


def _halved(ds: xr.Dataset) -> tuple[xr.Dataset, str]:
    """The smallest number of dimensions and twice as many, and their features per dimension."""
    least = int(ds["n_inputs"].min())
    both = at(ds, n_inputs=[least, 2 * least])
    return both, " and ".join(f"{r:g}" for r in both["superposition"].values)


def _improved(measure: str, sign: int, ds: xr.Dataset) -> Claim:
    both, ratios = _halved(ds)
    change = sign * both[measure].diff("n_inputs").isel(n_inputs=0)
    return above(
        0.0,
        among(at(change, control="none"), "topk", "jumprelu").min("architecture"),
        control=(RANDOM, at(change, control="random", architecture="topk")),
        because=f"the smaller improvement of the two between G/d = {ratios}",
    )


superposed = partial(
    fits, "superposition", source=PROTOTYPE, at={"architecture": ("topk", "jumprelu")}
)
A4 = [
    superposed(statement)(partial(_improved, measure, sign), id=name)
    for name, measure, sign, statement in (
        (
            "a4_matched",
            "mcc",
            1,
            "Half the superposition improves the recovery of directions, for TopK and JumpReLU.",
        ),
        ("a4_f1", "support_f1", 1, "It improves that of supports."),
        ("a4_unexplained", "fvu", -1, "It improves the explained variance."),
    )
]


@superposed("JumpReLU has better supports than TopK.")
def a4_jumprelu(ds: xr.Dataset) -> Claim:
    both, ratios = _halved(ds)

    def lead(control: str) -> xr.DataArray:
        f1 = of(both, "support_f1", control)
        apart = at(f1, architecture="jumprelu") - at(f1, architecture="topk")
        return apart.min("n_inputs")

    return above(
        0.0,
        lead("none"),
        control=(RANDOM, lead("random")),
        because=f"F1 of JumpReLU minus that of TopK, the smaller one at G/d = {ratios}",
    )
