"""T24 to T28: models that compute, judged on the best restart of each seed.

Thresholds were fixed before any result. After the first one gains were restricted to positive
output weights, the absolute-value models were given smaller initial weights, for their loss, and
`t25_trap` was added.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from tegum.ledger.claims import Claim, statistical
from tegum.metrics.neurons import COMPUTED
from tegum.studies.toy_superposition.findings import Data, Finding, Topic

EVERY_FEATURE = 0.9
"""Least share of features with a neuron for each sign that is 'each feature' (T24): own choice."""
NO_LOSS = 0.01
"""Largest loss over that of the best constant that is 'near 0' (T24): own choice."""
MAJORITY = 0.5
"""Share of neurons, or of models, beyond which a state is the rule (T25, T28): own choice."""
COEXIST = 0.1
"""Least share of the neurons in each of two kinds that coexist (T27): own choice."""

DENSITY = "feature_probability"

T24 = Finding(
    "t24",
    "Absolute value, 3 features and 6 neurons: each feature gets one neuron for its positive and "
    "one for its negative values.",
)
T24_LOSS = Finding("t24_loss", "The same: the loss is near 0.")
T25 = Finding(
    "t25",
    "Absolute value: neurons serve more features each (participation ratio) when features are "
    "sparse than when they are dense.",
)
T25_MAJORITY = Finding(
    "t25_majority",
    "Absolute value: most neurons are monosemantic when features are dense, and most are "
    "polysemantic when they are sparse.",
)
T25_TRAP = Finding(
    "t25_trap",
    "Absolute value: with sparse features, training from random weights ends in a worse minimum "
    "than training that begins with denser features.",
    "own check of T25, written after it was seen in single runs",
)
T26 = Finding(
    "t26",
    "Absolute value: once features are sparse enough, more are computed than half the number of "
    "neurons, the most that is possible without superposition.",
)
T27 = Finding(
    "t27",
    "Absolute value, intermediate density: monosemantic and polysemantic neurons coexist.",
)
T27_IMPORTANCE = Finding(
    "t27_importance",
    "The same: the monosemantic neurons serve the most important features.",
)
T27_MOTIF = Finding(
    "t27_motif",
    "The same: neurons form the asymmetric motif, weights [2, -1/2] in and [1/2, 2] out, with "
    "inhibition.",
)


@dataclass(frozen=True)
class Solution:
    """What T28 publishes for a range of feature probabilities."""

    name: str
    low: float
    high: float
    mono: int
    """Monosemantic neurons; the others are polysemantic."""
    shared: int
    """Features that only polysemantic neurons carry."""
    pairs: bool = False
    """Whether each of them is carried by another pair of neurons."""

    @property
    def finding(self) -> Finding:
        """Its finding."""
        how = ", each by another pair" if self.pairs else ""
        return Finding(
            self.name,
            "Identity by hidden ReLU neurons, n = 10, m = 5, best of many restarts, feature "
            f"probability {self.low:g} to {self.high:g}: {self.mono} monosemantic neurons, and "
            f"{self.shared} features carried by the other {5 - self.mono}{how}.",
        )

    def matches(self, ds: xr.Dataset) -> xr.DataArray:
        """Whether a model is this solution."""
        same = (ds["n_mono"] == self.mono) & (ds["n_shared"] == self.shared)
        same &= ds["n_mono"] + ds["n_poly"] == ds.sizes["hidden"]
        return (same & (ds["distinct_pairs"] >= self.pairs)).astype(float)


SOLUTIONS = (
    Solution("t28_dense", 0.5, 1.0, 5, 0),
    Solution("t28_mixed", 0.2, 0.5, 3, 3),
    Solution("t28_few", 0.15, 0.15, 2, 5),
    Solution("t28_one", 0.12, 0.12, 1, 6),
    Solution("t28_sparse", 0.05, 0.08, 0, 8),
    Solution("t28_pairs", 0.04, 0.04, 0, 10, pairs=True),
)


def _beside_permuted(
    finding: Finding,
    value: Callable[[xr.Dataset], xr.DataArray],
    ds: xr.Dataset,
    threshold: float,
    reason: str,
) -> Claim:
    """A claim that `value`, one number per seed, lies above the threshold."""
    trained, permuted = (value(ds.sel(control=c)).values for c in ("none", "permuted"))
    return statistical(
        *finding.told,
        values=trained,
        threshold=threshold,
        direction="above",
        control="permuted weights",
        control_values=permuted,
        reason=reason,
    )


def _small(data: Data) -> list[Claim]:
    ds = data["abs_small"]
    where = f"the worse of feature probability {' and '.join(f'{p:g}' for p in ds[DENSITY].values)}"
    return [
        _beside_permuted(
            T24,
            lambda d: d["sign_pairs"].min(DENSITY),
            ds,
            EVERY_FEATURE,
            f"share of features with exactly one neuron for each sign, {where}",
        ),
        statistical(
            *T24_LOSS.told,
            values=ds["loss_ratio"].max(DENSITY).values,
            threshold=NO_LOSS,
            direction="below",
            control="before training",
            control_values=ds["untrained_loss_ratio"].max(DENSITY).values,
            reason=f"loss over that of the best constants, {where}",
        ),
    ]


def _large(data: Data) -> list[Claim]:
    ds = data["abs_large"].sortby(DENSITY)
    low, high = (float(ds[DENSITY][i]) for i in (0, -1))
    ends, inner = ds.isel({DENSITY: [0, -1]}), ds.isel({DENSITY: slice(1, -1)})
    sparse, dense = ends.isel({DENSITY: 0}), ends.isel({DENSITY: 1})
    mixed = _mixed_most(inner)
    between = "at the density between the ends at which the seed's neurons are mixed most"
    half = ds.sizes["hidden"] / 2
    return [
        _beside_permuted(
            T25,
            lambda d: -d["participation"].mean("hidden").diff(DENSITY).isel({DENSITY: 0}),
            ends,
            0.0,
            f"mean participation ratio at feature probability {low:g} minus that at {high:g}",
        ),
        _beside_permuted(
            T25_MAJORITY,
            lambda d: _smaller(
                _share(d, "n_mono").isel({DENSITY: 1}), _share(d, "n_poly").isel({DENSITY: 0})
            ),
            ends,
            MAJORITY,
            "the smaller of the share of monosemantic neurons at feature probability "
            f"{high:g} and that of polysemantic ones at {low:g}",
        ),
        statistical(
            *T26.told,
            values=sparse["n_computed"].values - half,
            threshold=0.0,
            direction="above",
            unit="features",
            control=f"feature probability {high:g}",
            control_values=dense["n_computed"].values - half,
            reason=f"computed features minus {half:g} at feature probability {low:g}; computed: "
            f"loss below {COMPUTED} of the best constant's",
        ),
        statistical(
            *T27.told,
            values=_mixture(mixed.sel(control="none")).values,
            threshold=COEXIST,
            direction="above",
            control="the more mixed of the two ends",
            control_values=_mixture(ends.sel(control="none")).max(DENSITY).values,
            reason=f"the smaller of the shares of mono- and of polysemantic neurons, {between}",
        ),
        _beside_permuted(
            T27_IMPORTANCE,
            lambda d: d["rank_poly"] - d["rank_mono"],
            mixed,
            0.0,
            "mean rank of the features in polysemantic neurons minus that in monosemantic ones, "
            f"{between}",
        ),
        _beside_permuted(
            T27_MOTIF,
            lambda d: (d["n_motif"] > 0).astype(float),
            mixed,
            MAJORITY,
            f"share of models with such a neuron, {between}",
        ),
    ]


def _warm(data: Data) -> list[Claim]:
    loss = data["abs_warm"]["loss_ratio"]
    warm = float(loss["warm_probability"].max())
    saved = 1 - loss.sel(warm_probability=warm) / loss.sel(warm_probability=0.0)
    low, high = float(loss[DENSITY].min()), float(loss[DENSITY].max())
    return [
        statistical(
            *T25_TRAP.told,
            values=saved.sel({DENSITY: low}).values,
            threshold=0.0,
            direction="above",
            control=f"feature probability {high:g}",
            control_values=saved.sel({DENSITY: high}).values,
            reason=f"share of the loss that is saved, feature probability {low:g}, by {warm:g} in "
            "the first half of equally many steps",
        )
    ]


def _share(ds: xr.Dataset, kind: str) -> xr.DataArray:
    return ds[kind] / ds.sizes["hidden"]


def _mixture(ds: xr.Dataset) -> xr.DataArray:
    """The smaller of the shares of mono- and of polysemantic neurons."""
    return _smaller(_share(ds, "n_mono"), _share(ds, "n_poly"))


def _smaller(one: xr.DataArray, other: xr.DataArray) -> xr.DataArray:
    return one.where(one < other, other)


def _mixed_most(ds: xr.Dataset) -> xr.Dataset:
    """Each seed's model at the density at which its trained neurons are mixed most."""
    best = _mixture(ds.sel(control="none", drop=True)).argmax(DENSITY)
    return ds.isel({DENSITY: best, "seed": xr.DataArray(np.arange(best.size), dims="seed")})


def _hidden(data: Data) -> list[Claim]:
    ds = data["hidden_relu"]
    found = []
    p = ds[DENSITY].values
    for solution in SOLUTIONS:
        within = ds.isel({DENSITY: (p >= solution.low) & (p <= solution.high)})
        if not within.sizes[DENSITY]:
            continue
        found.append(
            _beside_permuted(
                solution.finding,
                lambda d, s=solution: s.matches(d).mean(DENSITY),
                within,
                MAJORITY,
                f"share of the best of {ds.sizes['restart']} restarts that are this solution, "
                f"feature probability {', '.join(f'{q:g}' for q in within[DENSITY].values)}",
            )
        )
    return found


TOPIC = Topic(
    (
        *(T24, T24_LOSS, T25, T25_MAJORITY, T25_TRAP, T26, T27, T27_IMPORTANCE, T27_MOTIF),
        *(solution.finding for solution in SOLUTIONS),
    ),
    {
        ("abs_small",): _small,
        ("abs_large",): _large,
        ("abs_warm",): _warm,
        ("hidden_relu",): _hidden,
    },
)
