"""What the comments ask: about directions of large marginal return, and about layers."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.comparisons import sides
from tegum.studies.capacity.claims import sources
from tegum.studies.capacity.claims.sources import COMMENTS, UNTRAINED, of_allocation, of_models

PURE = 0.9
"""Least max_i q_i^2 of a direction that is a true feature: own choice."""
EVEN = 0.5
"""Largest standard deviation / mean of marginal returns that are one level: own choice."""
SEARCHED = "search", "closed form", "random", "random direction"
of_directions = partial(of_models, "allocation", source=COMMENTS)


@of_directions("The direction with the most negative marginal return is a true feature.")
def direction_pure(allocation: xr.Dataset) -> Claim:
    purity = allocation.purity
    found, added = (at(purity, search=s).mean("seed") for s in ("closed form", "added neuron"))
    listed = ", ".join(
        f"{float(p):.2f} ({float(a):.2f}) at {float(p.kurtosis):g}"
        for p, a in zip(found, added, strict=True)
    )
    because = (
        "max_i q_i^2, mean over kurtosis; by the closed form (in brackets, along the best "
        f"added neuron, exact to second order): {listed}"
    )
    return above(PURE, **sides(purity.mean("kurtosis"), *SEARCHED), because=because)


@of_directions("No superposition of features has a larger marginal return than every feature.")
def direction_superposed(allocation: xr.Dataset) -> Claim:
    gain = np.log(allocation.return_found / allocation.return_true).max("kurtosis")
    because = (
        "log of the return found over the largest of a feature at its capacity, largest "
        "over kurtosis; the closed form treats the direction as independent"
    )
    return below(0.0, **sides(gain, *SEARCHED), because=because)


@of_allocation(
    "No superposition beats the largest return that a pure feature has, empty or full.",
    sources.DERIVED,
)
def direction_bound(allocation: xr.Dataset) -> Claim:
    over = allocation.return_found / allocation.return_pure
    because = "largest return found over the largest g(0) or g(1) of a feature"
    return within(1.0 + sources.ROUNDING_32, over, because=because)


@of_models(
    "layers",
    "In each layer of a deeper network the shared features have one marginal return.",
    f"{COMMENTS}; Karush-Kuhn-Tucker condition",
)
def layers_even(layers: xr.Dataset) -> Claim:
    spread = layers.return_spread.median(["layer", "feature_probability"])
    because = (
        "standard deviation / |mean| of the returns of shared features, median over layers "
        "and sparsities; the returns are an approximation"
    )
    return below(EVEN, **sides(spread, *UNTRAINED), because=because)


@of_models(
    "layers",
    "Training makes neighbouring layers of a deeper network give capacity to the same features.",
    COMMENTS,
)
def layers_agree(layers: xr.Dataset) -> Claim:
    agreement = at_least(layers, link=1).agreement.mean(["link", "feature_probability"])
    trained, fresh = (at(agreement, control=c) for c in ("none", "untrained"))
    total = at(layers.capacity_sum, control="none").mean(["seed", "feature_probability"])
    listed = ", ".join(f"{float(t):.2f}" for t in total)
    because = (
        "rank correlation over features, trained minus untrained weights (which have "
        f"{float(fresh.mean()):.2f}); sums of capacities from the first layer to the last "
        f"{listed}"
    )
    control = ("untrained, of two seeds", fresh - fresh.roll(seed=1))
    return above(0.0, trained - fresh, control=control, because=because)
