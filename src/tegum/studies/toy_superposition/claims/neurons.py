"""T24 to T28: models that compute, judged on the best restart of each seed.

Thresholds were fixed before any result. After the first one gains were restricted to positive
output weights, the absolute-value models were given smaller initial weights, for their loss, and
`t25_trap` was added.
"""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import along, at, at_least, those
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.comparisons import above_control, against_control
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
PERMUTED = ("permuted", "permuted weights")
abs_large = partial(trained, "abs_large")
against_permuted = partial(against_control, control=PERMUTED)


def _ends(ds: xr.Dataset) -> xr.Dataset:
    """The sparsest and the densest data, in this order."""
    return at_least(ds, feature_probability=2).sortby(DENSITY).isel({DENSITY: [0, -1]})


def _shares(ds: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Of mono- and of polysemantic neurons."""
    return ds["n_mono"] / ds.sizes["hidden"], ds["n_poly"] / ds.sizes["hidden"]


def _mixture(ds: xr.Dataset) -> xr.DataArray:
    """The smaller of the shares of mono- and of polysemantic neurons."""
    return xr.apply_ufunc(np.minimum, *_shares(ds))


def _mixed_most(ds: xr.Dataset) -> xr.Dataset:
    """Each seed's model at the density, of those between the ends, at which its trained neurons are
    mixed most."""
    ds = at_least(ds, feature_probability=3).sortby(DENSITY).isel({DENSITY: slice(1, -1)})
    best = _mixture(ds.sel(control="none", drop=True)).argmax(DENSITY)
    return ds.isel({DENSITY: best, "seed": xr.DataArray(np.arange(best.size), dims="seed")})


BETWEEN = "at the density between the ends at which the seed's neurons are mixed most"
WORSE = "the worse of feature probability {high:g} and {low:g}"


@against_permuted(
    trained(
        "abs_small",
        "Absolute value, 3 features and 6 neurons: each feature gets one neuron for its positive "
        "and one for its negative values.",
    ),
    EVERY_FEATURE,
    f"share of features with exactly one neuron for each sign, {WORSE}",
)
def t24(ds: xr.Dataset) -> xr.DataArray:
    return ds["sign_pairs"].min(DENSITY)


@trained("abs_small", "The same: the loss is near 0.")
def t24_loss(ds: xr.Dataset) -> Claim:
    return below(
        NO_LOSS,
        ds["loss_ratio"].max(DENSITY),
        control=("before training", ds["untrained_loss_ratio"].max(DENSITY)),
        because="loss over that of the best constants, "
        + WORSE.format(low=ds[DENSITY].values.min(), high=ds[DENSITY].values.max()),
    )


@against_permuted(
    abs_large(
        "Absolute value: neurons serve more features each (participation ratio) when features are "
        "sparse than when they are dense."
    ),
    0.0,
    "mean participation ratio at feature probability {low:g} minus that at {high:g}",
    select=_ends,
)
def t25(ds: xr.Dataset) -> xr.DataArray:
    sparse, dense = along(ds["participation"].mean("hidden"), DENSITY)
    return sparse - dense


@against_permuted(
    abs_large(
        "Absolute value: most neurons are monosemantic when features are dense, and most are "
        "polysemantic when they are sparse."
    ),
    MAJORITY,
    "the smaller of the share of monosemantic neurons at feature probability {high:g} and that "
    "of polysemantic ones at {low:g}",
    select=_ends,
)
def t25_majority(ds: xr.Dataset) -> xr.DataArray:
    mono, poly = _shares(ds)
    return xr.apply_ufunc(np.minimum, mono.isel({DENSITY: 1}), poly.isel({DENSITY: 0}))


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
    half = ds.sizes["hidden"] / 2
    sparse, dense = along(_ends(ds)["n_computed"] - half, DENSITY)
    return above(
        0.0,
        sparse,
        control=(f"feature probability {dense[DENSITY].item():g}", dense),
        unit="features",
        because=f"computed features minus {half:g} at feature probability "
        f"{sparse[DENSITY].item():g}; computed: loss below {COMPUTED} of the best constant's",
    )


@abs_large("Absolute value, intermediate density: monosemantic and polysemantic neurons coexist.")
def t27(ds: xr.Dataset) -> Claim:
    mixed, ends = (_mixture(at(d, control="none")) for d in (_mixed_most(ds), _ends(ds)))
    return above(
        COEXIST,
        mixed,
        control=("the more mixed of the two ends", ends.max(DENSITY)),
        because=f"the smaller of the shares of mono- and of polysemantic neurons, {BETWEEN}",
    )


@against_permuted(
    abs_large("The same: the monosemantic neurons serve the most important features."),
    0.0,
    f"mean rank of the features in polysemantic neurons minus that in monosemantic ones, {BETWEEN}",
    select=_mixed_most,
)
def t27_importance(ds: xr.Dataset) -> xr.DataArray:
    return ds["rank_poly"] - ds["rank_mono"]


@against_permuted(
    abs_large(
        "The same: neurons form the asymmetric motif, weights [2, -1/2] in and [1/2, 2] out, with "
        "inhibition."
    ),
    MAJORITY,
    f"share of models with such a neuron, {BETWEEN}",
    select=_mixed_most,
)
def t27_motif(ds: xr.Dataset) -> xr.DataArray:
    return (ds["n_motif"] > 0).astype(float)


def _published(solution: Solution, ds: xr.Dataset) -> Claim:
    inside = those(ds, DENSITY, solution.inside(ds), f"from {solution.low:g} to {solution.high:g}")
    return above_control(
        inside,
        lambda d: solution.matches(d).mean(DENSITY),
        MAJORITY,
        f"share of the best of {ds.sizes['restart']} restarts that are this solution, "
        f"feature probability {', '.join(f'{q:g}' for q in inside[DENSITY].values)}",
        PERMUTED,
    )


T28 = [trained("hidden_relu", s.statement)(partial(_published, s), id=s.id) for s in SOLUTIONS]
