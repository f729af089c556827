"""Pulls that make models hop, and pushes that make them leave."""

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.effects import effect
from tegum.ledger.findings import Untested
from tegum.studies.basins.claims.conditions import (
    COMMENTS,
    KEPT,
    QUESTION,
    SAME_BASIN,
    trained,
)

PULL, PUSH = 0.1, 0.5
"""The strongest pull and the strongest push."""
FREE = 0.05
"""Largest relative rise of the loss that 'costs little': own choice."""


def _ends(ds: xr.Dataset, direction: str, moment: str = "released") -> tuple[xr.Dataset, ...]:
    """After the strongest pull and after none, at one moment."""
    chosen = at(ds, direction=direction, moment=moment)
    return at(chosen, strength=PULL), at(chosen, strength=0.0)


def _kept(direction: str, ds: xr.Dataset) -> Claim:
    target = at(ds["mono_per_feature"], direction=direction, moment="target", strength=0.0)
    if float(target.min()) == 0:
        raise Untested("a target has no monosemantic neuron")
    pulled, free = (found["mono_per_feature"] / target for found in _ends(ds, direction))
    held = _ends(ds, direction, "pulled")[0]["mono_per_feature"] / target
    return above(
        KEPT,
        pulled,
        control=("not pulled", free),
        because="monosemantic neurons after the pull ends over those of the target, strongest "
        f"pull; while it lasts {float(held.mean()):.2f}; the target has {float(target.mean()):.2f} "
        "per feature",
    )


@trained(
    "hops",
    "A strong enough pull to a relaxed monosemantic model makes a polysemantic one stay there.",
    QUESTION,
    at={"direction": "to_mono", "strength": (0.0, PULL)},
)
def hop_mono(ds: xr.Dataset) -> Claim:
    return _kept("to_mono", ds)


@trained(
    "hops",
    "So does a pull to a model that still has the noise.",
    f"{COMMENTS}: separate basins would keep it",
    at={"direction": "to_noisy", "strength": (0.0, PULL)},
)
def hop_noisy(ds: xr.Dataset) -> Claim:
    return _kept("to_noisy", ds)


@trained(
    "hops",
    "A strong enough pull the other way makes it stay in the basin of a polysemantic model.",
    QUESTION,
    at={"direction": "to_poly", "strength": (0.0, PULL)},
)
def hop_poly(ds: xr.Dataset) -> Claim:
    pulled, free = _ends(ds, "to_poly")
    return below(
        SAME_BASIN,
        pulled["barrier_target"],
        control=("not pulled", free["barrier_target"]),
        because="barrier to the target over the mean end loss, aligned, after the strongest pull "
        "ends",
    )


def least_strength(ds: xr.Dataset, direction: str, moment: str = "released") -> np.ndarray:
    """log10 of the least pull whose model is in the target's basin at a moment: (seed,).

    Where none is, the strongest one times ten, a lower bound; where none is needed, the weakest
    one over ten, an upper bound.
    """
    barrier = at(ds["barrier_target"], direction=direction, moment=moment)
    inside = (barrier < SAME_BASIN).transpose("seed", "strength").values
    pulls = at_least(ds, strength=3)["strength"].values
    levels = np.log10(np.append(np.maximum(pulls, pulls[1] / 10), pulls[-1] * 10))
    first = np.where(inside.any(1), inside.argmax(1), inside.shape[1])
    return levels[first]


@trained(
    "hops",
    "Hopping to a monosemantic model takes a stronger pull than hopping back.",
    QUESTION,
    at={"direction": ("to_mono", "to_poly"), "strength": 0.0},
)
def hop_asymmetry(ds: xr.Dataset) -> Claim:
    found, held = (
        least_strength(ds, "to_mono", m) - least_strength(ds, "to_poly", m)
        for m in ("released", "pulled")
    )
    least = [10 ** float(least_strength(ds, d).mean()) for d in ("to_mono", "to_poly")]
    return above(
        0.0,
        found,
        control=("before the pull ends", held),
        unit="decades",
        because="log10 ratio of the least strengths whose released models are in the target's "
        f"basin; geometric means {least[0]:.1g} and {least[1]:.1g}" + effect(found),
    )


def _pushed(ds: xr.Dataset, name: str) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """At the strongest push and at none, after its end; and at the start."""
    after = at(ds[name], moment="released")
    start = at(ds[name], moment="start", repulsion=PUSH)
    return at(after, repulsion=PUSH), at(after, repulsion=0.0), start


@trained(
    "leaving",
    "Training for a barrier to the old solution makes a model leave its basin for good.",
    "Lubana et al. 2023, Mechanistic mode connectivity (connectivity-based fine-tuning)",
    at={"repulsion": (0.0, PUSH)},
)
def leave_basin(ds: xr.Dataset) -> Claim:
    pushed, free, _ = _pushed(ds, "barrier_start")
    raw = float(_pushed(ds, "barrier_raw")[0].mean())
    return above(
        SAME_BASIN,
        pushed,
        control=("trained on without a push", free),
        because="barrier to the old solution over the mean end loss after the push ends, aligned "
        f"(else a permuted copy would do); not aligned {raw:.2f}",
    )


@trained(
    "leaving",
    "A polysemantic model that left its basin so is more monosemantic, not just another one.",
    QUESTION,
    at={"repulsion": (0.0, PUSH)},
)
def leave_mono(ds: xr.Dataset) -> Claim:
    pushed, free, start = _pushed(ds, "mono_per_feature")
    found = pushed - free
    return above(
        0.0,
        found,
        control=("trained on without a push, against the start", free - start),
        unit="per feature",
        because="monosemantic neurons after the strongest push ends minus those without a push"
        + effect(found),
    )


@trained(
    "leaving",
    "Leaving costs little: the loss returns to that of training on.",
    QUESTION,
    at={"repulsion": (0.0, PUSH)},
)
def leave_loss(ds: xr.Dataset) -> Claim:
    pushed, free, _ = _pushed(ds, "loss")
    during = at(ds["loss"], moment="pushed")
    held = at(during, repulsion=PUSH) / at(during, repulsion=0.0) - 1
    return below(
        FREE,
        pushed / free - 1,
        control=("before the push ends", held),
        because="relative difference of the loss after the strongest push from that without one",
    )
