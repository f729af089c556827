"""What is shared: by architecture and sparsity, by kurtosis, and in which blocks."""

import numpy as np
import xarray as xr

from tegum.labels import along, at, at_least, those
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.comparisons import sides
from tegum.studies.capacity.claims import sources
from tegum.studies.capacity.claims.optimum import CLOSE, best_of
from tegum.studies.capacity.claims.sources import PAPER, of_allocation, of_models, of_phase
from tegum.theory.quadratic import optimal_spectrum

DROP = 0.1
"""C9: fall of the share of shared features, between neighbouring sparsities, that still counts as
none (4 features of 40): own choice."""
DIFFERENT = 0.1
"""C9: difference of that share between architectures: own choice."""
SPECTRUM = 1e-3
"""C12: relative distance of an eigenvalue from the predicted one: own choice."""
SMALL_BLOCK, BLOCK_PROBABILITY, MOSTLY = 3.5, 0.1, 0.5
"""C12: dimensions of a small block ("1-3"), where they are counted, and which share of the shared
features has to be in one: the latter two are own choices."""


@of_models(
    "architectures",
    "The share of polysemantic features does not fall with sparsity, in any architecture.",
    PAPER,
)
def c9(architectures: xr.Dataset) -> Claim:
    share = at(at_least(architectures, feature_probability=2).shared_share, control="none")
    share = share.sortby("feature_probability", ascending=False)
    places = np.arange(share.sizes["feature_probability"])
    # A fixed order in which neighbours are not neighbours.
    shuffled = share.isel(feature_probability=np.concatenate([places[1::2], places[::2]]))
    fall, other = (-one.diff("feature_probability") for one in (share, shuffled))
    worst = fall.max("feature_probability").mean("seed")
    listed = ", ".join(f"{float(w):.2f} {w.architecture.item()}" for w in worst)
    each = ["feature_probability", "architecture"]
    because = (
        "largest fall between neighbouring sparsities, largest over architectures; mean by "
        f"architecture {listed}"
    )
    control = ("sparsities in another order", other.max(each))
    return below(DROP, fall.max(each), control=control, because=because)


@of_models("architectures", "The amount of polysemanticity differs between architectures.", PAPER)
def c9_amount(architectures: xr.Dataset) -> Claim:
    share = at_least(architectures, architecture=2).shared_share
    spread = (share.max("architecture") - share.min("architecture")).max("feature_probability")
    because = (
        "largest minus smallest share of shared features over architectures, largest over "
        "sparsities"
    )
    return above(DIFFERENT, **sides(spread, *sources.UNTRAINED), because=because)


@of_phase("Below a kurtosis of 3 nothing is shared.", sources.DERIVED)
def c10(phase: xr.Dataset) -> Claim:
    second = those(best_of(phase), "kurtosis", phase.kurtosis < 3.0, "below 3")
    because = (
        f"largest capacity of the losing feature; best of {phase.sizes['seed']} seeds at each point"
    )
    return within(CLOSE, np.minimum(second, 1.0 - second), because=because)


@of_phase(
    "At a kurtosis of 3 all efficient splits between equal features have equal losses.",
    sources.DERIVED,
    at={"kurtosis": 3.0, "ratio": 1.0},
    sizes="add kurtosis 3.0 and an odd ratio_points to the sweep phase",
)
def c10_degenerate(phase: xr.Dataset) -> Claim:
    same = at(phase, kurtosis=3.0, ratio=1.0)
    split = at(same.capacity, feature=1)
    because = (
        "relative distance of trained losses from the optimum, at capacities C_2 from "
        f"{float(split.min()):.2f} to {float(split.max()):.2f}"
    )
    return within(sources.GLOBAL, np.abs(same.loss / same.loss_best - 1.0), because=because)


@of_allocation("In the quadratic model one block holds all shared features.", PAPER)
def c12(allocation: xr.Dataset) -> Claim:
    best = allocation.capacity_best
    shared = allocation.block.where((best > 0.0) & (best < 1.0)).transpose(..., "feature")
    found = shared.values.reshape(-1, shared.sizes["feature"])
    return within(
        0,
        sum(np.unique(b[np.isfinite(b)]).size - 1 for b in found),
        cases=len(found),
        unit="blocks",
        because="further blocks that hold a shared feature, read off the spectrum of every trained "
        f"model; at most {float(allocation.leak.max()):.1e} of a vector lies outside its block",
    )


@of_allocation(
    "Its spectrum is the values of the dedicated features, and sqrt(lambda / 2).", sources.DERIVED
)
def c12_spectrum(allocation: xr.Dataset) -> Claim:
    off = []
    for one in along(allocation, "kurtosis"):
        problem = one.value.values[0], one.capacity_best.values[0], float(one.level[0])
        expected = optimal_spectrum(*problem, allocation.sizes["hidden"])
        off.append(float(np.abs(one.eigenvalue.values / expected - 1.0).max()))
    because = "largest relative distance of an eigenvalue, every trained model"
    return within(SPECTRUM, max(off), cases=allocation.eigenvalue.size, because=because)


@of_models(
    "architectures",
    "In tied ReLU models most shared features are in blocks of one to three dimensions.",
    f"{PAPER}; {sources.ELHAGE}",
    at={"feature_probability": BLOCK_PROBABILITY, "architecture": "tied_relu"},
)
def c12_tied(architectures: xr.Dataset) -> Claim:
    tied = at(architectures.block_dimension, architecture="tied_relu")
    size = at(tied, feature_probability=BLOCK_PROBABILITY)
    small = (size <= SMALL_BLOCK).where(size.notnull()).mean("feature")
    middle = at(tied, control="none").median(["feature", "seed"]).dropna("feature_probability")
    middle = middle.sortby("feature_probability", ascending=False)
    listed = ", ".join(f"{float(m):.1f} at {m.feature_probability.item():g}" for m in middle)
    because = (
        f"share of the shared features in blocks of at most {SMALL_BLOCK:g} dimensions, at "
        f"probability {BLOCK_PROBABILITY:g}; median dimensions {listed}"
    )
    return above(MOSTLY, **sides(small, *sources.UNTRAINED), because=because)
