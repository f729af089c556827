"""T24 to T28: models that compute, judged on the best restart of each seed.

Thresholds were fixed before any result. After the first one gains were restricted to positive
output weights, the absolute-value models were given smaller initial weights, for their loss, and
`t25_trap` was added.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least, those
from tegum.ledger.claims import Claim, above, below
from tegum.metrics.neurons import COMPUTED
from tegum.studies.toy_superposition.claims.sources import DENSITY, trained
from tegum.theory.published_toys import SOLUTIONS, Solution

EVERY_FEATURE = 0.9
"""Least share of features with a neuron for each sign that is 'each feature' (T24): own choice."""
NO_LOSS = 0.01
"""Largest loss over that of the best constant that is 'near 0' (T24): own choice."""
MAJORITY = 0.5
"""Share of neurons, or of models, beyond which a state is the rule (T25, T28): own choice."""
COEXIST = 0.1
"""Least share of the neurons in each of two kinds that coexist (T27): own choice."""


abs_large = partial(trained, "abs_large")


def _beside_permuted(
    ds: xr.Dataset, value: Callable[[xr.Dataset], xr.DataArray], threshold: float, because: str
) -> Claim:
    """Whether `value`, one number per seed, lies above the threshold, beside permuted weights."""
    found, permuted = (value(at(ds, control=c)) for c in ("none", "permuted"))
    return above(threshold, found, control=("permuted weights", permuted), because=because)


def _worse(ds: xr.Dataset) -> str:
    return f"the worse of feature probability {' and '.join(f'{p:g}' for p in ds[DENSITY].values)}"


@trained(
    "abs_small",
    "Absolute value, 3 features and 6 neurons: each feature gets one neuron for its positive and "
    "one for its negative values.",
)
def t24(ds: xr.Dataset) -> Claim:
    return _beside_permuted(
        ds,
        lambda d: d["sign_pairs"].min(DENSITY),
        EVERY_FEATURE,
        f"share of features with exactly one neuron for each sign, {_worse(ds)}",
    )


@trained("abs_small", "The same: the loss is near 0.")
def t24_loss(ds: xr.Dataset) -> Claim:
    return below(
        NO_LOSS,
        ds["loss_ratio"].max(DENSITY),
        control=("before training", ds["untrained_loss_ratio"].max(DENSITY)),
        because=f"loss over that of the best constants, {_worse(ds)}",
    )


def _ends(ds: xr.Dataset) -> tuple[xr.Dataset, str, str]:
    """The sparsest and the densest data, in this order, and their feature probabilities."""
    ends = at_least(ds, feature_probability=2).sortby(DENSITY).isel({DENSITY: [0, -1]})
    low, high = ends[DENSITY].values
    return ends, f"{low:g}", f"{high:g}"


def _shares(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Of mono- and of polysemantic neurons."""
    return ds["n_mono"] / ds.sizes["hidden"], ds["n_poly"] / ds.sizes["hidden"]


def _mixture(ds: xr.Dataset) -> xr.DataArray:
    """The smaller of the shares of mono- and of polysemantic neurons."""
    return np.minimum(*_shares(ds))


def _mixed_most(ds: xr.Dataset) -> xr.Dataset:
    """Each seed's model at the density, of those between the ends, at which its trained neurons are
    mixed most."""
    ds = at_least(ds, feature_probability=3).sortby(DENSITY).isel({DENSITY: slice(1, -1)})
    best = _mixture(ds.sel(control="none", drop=True)).argmax(DENSITY)
    return ds.isel({DENSITY: best, "seed": xr.DataArray(np.arange(best.size), dims="seed")})


BETWEEN = "at the density between the ends at which the seed's neurons are mixed most"


@abs_large(
    "Absolute value: neurons serve more features each (participation ratio) when features are "
    "sparse than when they are dense."
)
def t25(ds: xr.Dataset) -> Claim:
    ends, low, high = _ends(ds)
    return _beside_permuted(
        ends,
        lambda d: -d["participation"].mean("hidden").diff(DENSITY).isel({DENSITY: 0}),
        0.0,
        f"mean participation ratio at feature probability {low} minus that at {high}",
    )


@abs_large(
    "Absolute value: most neurons are monosemantic when features are dense, and most are "
    "polysemantic when they are sparse."
)
def t25_majority(ds: xr.Dataset) -> Claim:
    ends, low, high = _ends(ds)

    def smaller(ends: xr.Dataset) -> xr.DataArray:
        mono, poly = _shares(ends)
        return np.minimum(mono.isel({DENSITY: 1}), poly.isel({DENSITY: 0}))

    return _beside_permuted(
        ends,
        smaller,
        MAJORITY,
        f"the smaller of the share of monosemantic neurons at feature probability {high} and that "
        f"of polysemantic ones at {low}",
    )


@trained(
    "abs_warm",
    "Absolute value: with sparse features, training from random weights ends in a worse minimum "
    "than training that begins with denser features.",
    source="own check of T25, written after it was seen in single runs",
)
def t25_trap(ds: xr.Dataset) -> Claim:
    loss = at_least(ds["loss_ratio"], warm_probability=2, feature_probability=2)
    warm = float(loss["warm_probability"].max())
    saved = 1 - at(loss, warm_probability=warm) / at(loss, warm_probability=0.0)
    low, high = float(loss[DENSITY].min()), float(loss[DENSITY].max())
    return above(
        0.0,
        at(saved, **{DENSITY: low}),
        control=(f"feature probability {high:g}", at(saved, **{DENSITY: high})),
        because=f"share of the loss that is saved, feature probability {low:g}, by {warm:g} in "
        "the first half of equally many steps",
    )


@abs_large(
    "Absolute value: once features are sparse enough, more are computed than half the number of "
    "neurons, the most that is possible without superposition."
)
def t26(ds: xr.Dataset) -> Claim:
    ends, low, high = _ends(ds)
    half = ds.sizes["hidden"] / 2
    beyond = ends["n_computed"] - half
    return above(
        0.0,
        beyond.isel({DENSITY: 0}),
        control=(f"feature probability {high}", beyond.isel({DENSITY: 1})),
        unit="features",
        because=f"computed features minus {half:g} at feature probability {low}; computed: "
        f"loss below {COMPUTED} of the best constant's",
    )


@abs_large("Absolute value, intermediate density: monosemantic and polysemantic neurons coexist.")
def t27(ds: xr.Dataset) -> Claim:
    mixed, ends = (_mixture(at(d, control="none")) for d in (_mixed_most(ds), _ends(ds)[0]))
    return above(
        COEXIST,
        mixed,
        control=("the more mixed of the two ends", ends.max(DENSITY)),
        because=f"the smaller of the shares of mono- and of polysemantic neurons, {BETWEEN}",
    )


@abs_large("The same: the monosemantic neurons serve the most important features.")
def t27_importance(ds: xr.Dataset) -> Claim:
    return _beside_permuted(
        _mixed_most(ds),
        lambda d: d["rank_poly"] - d["rank_mono"],
        0.0,
        "mean rank of the features in polysemantic neurons minus that in monosemantic ones, "
        f"{BETWEEN}",
    )


@abs_large(
    "The same: neurons form the asymmetric motif, weights [2, -1/2] in and [1/2, 2] out, with "
    "inhibition."
)
def t27_motif(ds: xr.Dataset) -> Claim:
    return _beside_permuted(
        _mixed_most(ds),
        lambda d: (d["n_motif"] > 0).astype(float),
        MAJORITY,
        f"share of models with such a neuron, {BETWEEN}",
    )


def _published(solution: Solution, ds: xr.Dataset) -> Claim:
    told = f"from {solution.low:g} to {solution.high:g}"
    inside = those(ds, DENSITY, solution.inside(ds), told)
    return _beside_permuted(
        inside,
        lambda d: solution.matches(d).mean(DENSITY),
        MAJORITY,
        f"share of the best of {ds.sizes['restart']} restarts that are this solution, "
        f"feature probability {', '.join(f'{q:g}' for q in inside[DENSITY].values)}",
    )


def _statement(solution: Solution) -> str:
    how = ", each by another pair" * solution.pairs
    return (
        "Identity by hidden ReLU neurons, n = 10, m = 5, best of many restarts, feature "
        f"probability {solution.low:g} to {solution.high:g}: {solution.mono} monosemantic neurons, "
        f"and {solution.shared} features carried by the other {5 - solution.mono}{how}."
    )


T28 = [trained("hidden_relu", _statement(s))(partial(_published, s), id=s.id) for s in SOLUTIONS]
