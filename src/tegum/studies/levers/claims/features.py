"""Which features get a neuron of their own, and when."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.metrics.auroc import auroc
from tegum.statistics import rank_correlation
from tegum.studies.levers.claims.conditions import COMMENTS, OWN, trained
from tegum.studies.levers.schema import IGNORED, KINDS, SERVED, SHARED
from tegum.studies.levers.settings import LEVEL, MODERATE

MIXED = 0.1
"""Least of the shares of served and of shared features that is a mixture: own choice."""
SEPARATED = 0.95
"""Area under the curve from which on one frequency separates features: own choice."""
FLAT = 0.05
"""Change of monosemantic neurons per feature and octave within which they are flat: own choice."""
NARROW, EQUAL = 32, 64
"""Neurons, of 64 features."""


def _share(kinds: xr.DataArray, kind: int) -> xr.DataArray:
    return (kinds == kind).mean("feature")


def _mixed(law: str, ds: xr.Dataset) -> Claim:
    kinds = at(ds["kind"], frequency=law, bias_offset=MODERATE)
    mixed = xr.ufuncs.minimum(_share(kinds, SERVED), _share(kinds, SHARED))
    told = "; ".join(f"{name} {listed(_share(kinds, kind))}" for kind, name in enumerate(KINDS))
    return above(
        MIXED,
        at(mixed, width=NARROW),
        control=("as many neurons as features", at(mixed, width=EQUAL)),
        because=f"the smaller of the shares of served and of shared features, {NARROW} neurons and "
        f"64 features; by width: {told}",
    )


mixed = [
    trained(
        "narrow",
        "With fewer neurons than features some features are served by monosemantic neurons and "
        f"others shared, rather than ignored, where frequencies are {told}.",
        COMMENTS,
        at={"frequency": law, "bias_offset": MODERATE, "width": (NARROW, EQUAL)},
    )(partial(_mixed, law), id=f"mixed_{law}")
    for law, told in (("uniform", "equal"), ("power_law", "those of a power law"))
]


def _ranked(kinds: xr.DataArray) -> list[float]:
    """Rank correlation of the place of a feature and how little it gets, one per seed."""
    rows = kinds.transpose("seed", "feature").values
    return [rank_correlation(np.arange(row.size), row) for row in rows]


@trained(
    "narrow",
    "The rarer a feature is, the less it gets: a neuron of its own, a share of some, or nothing.",
    COMMENTS,
    at={"width": NARROW, "bias_offset": MODERATE},
)
def rare_less(ds: xr.Dataset) -> Claim:
    here = at(ds["kind"], width=NARROW, bias_offset=MODERATE)
    rare, equal = (_ranked(at(here, frequency=law)) for law in ("power_law", "uniform"))
    return above(
        0.0,
        rare,
        control=("equal frequencies", equal),
        because="rank correlation of a feature's place in the order of frequencies and its kind "
        f"(served, shared, ignored), {NARROW} neurons",
    )


@trained(
    "narrow",
    "One frequency separates the features that are explained from those that are ignored.",
    COMMENTS,
    at={"frequency": "power_law", "width": NARROW, "bias_offset": MODERATE},
)
def one_threshold(ds: xr.Dataset) -> Claim:
    here = at(ds, frequency="power_law", width=NARROW, bias_offset=MODERATE)
    kinds = here["kind"].transpose("seed", "feature").values
    frequency = here["feature_frequency"].transpose("seed", "feature").values
    rng = np.random.default_rng(0)
    areas, chance = (
        [float(auroc(f, k < IGNORED)) for f, k in zip(frequency, each, strict=True)]
        for each in (kinds, rng.permuted(kinds, axis=1))
    )
    return above(
        SEPARATED,
        areas,
        control=("kinds permuted over features", chance),
        because="area under the curve of frequency for features that are not ignored; undefined "
        f"where none or all are; ignored {float(_share(here['kind'], IGNORED).mean()):.2f}",
    )


@trained(
    "importance",
    "The more important a feature is, the more it gets.",
    OWN,
    at={"frequency": "uniform"},
)
def important_more(ds: xr.Dataset) -> Claim:
    here = at(ds["kind"], frequency="uniform")
    found, equal = (_ranked(at(here, importance=law)) for law in ("power_law", "uniform"))
    return below(
        0.0,
        found,
        control=("equal importances", equal),
        because="rank correlation of a feature's place in the order of importances, the largest "
        "last, and its kind (served, shared, ignored)",
    )


@trained(
    "importance",
    "Frequency counts for more than an importance that makes up for it.",
    OWN,
)
def frequency_first(ds: xr.Dataset) -> Claim:
    here = at(ds["kind"], importance="power_law")
    both, alone = (_ranked(at(here, frequency=law)) for law in ("power_law", "uniform"))
    return above(
        0.0,
        both,
        control=("equal frequencies", alone),
        because="rank correlation of a feature's place, the most frequent and least important "
        "first, and its kind (served, shared, ignored)",
    )


def _slope(ds: xr.Dataset, law: str) -> xr.DataArray:
    """Mean change of monosemantic neurons per feature over the last two octaves, in size."""
    counts = at(ds["mono_per_feature"], threshold=LEVEL, frequency=law)
    # Of 32 even looks behind the first one, the last and that after a quarter of the steps.
    ends = (-1, counts.sizes["checkpoint"] // 4)
    last, earlier = (counts.isel(checkpoint=look).drop_vars("step") for look in ends)
    return abs(last - earlier) / 2


@trained(
    "long",
    "Where features are equally frequent, the number of monosemantic neurons is flat in the "
    "logarithm of the steps at the end.",
    COMMENTS,
    at={"frequency": "uniform"},
    no_effect=True,
)
def flat_uniform(ds: xr.Dataset) -> Claim:
    return below(
        FLAT,
        _slope(ds, "uniform"),
        control=("frequencies of a power law", _slope(ds, "power_law")),
        unit="per feature and octave",
        because="change over the last two octaves, at the peak of the learning rate, "
        f"{int(ds['step'].values[-1]) + 1:,} steps (published: 2^17)",
    )


@trained(
    "long",
    "With frequencies of a power law it still changes.",
    COMMENTS,
    at={"frequency": "power_law"},
)
def moving_power_law(ds: xr.Dataset) -> Claim:
    return above(
        FLAT,
        _slope(ds, "power_law"),
        control=("equal frequencies", _slope(ds, "uniform")),
        unit="per feature and octave",
        because="change over the last two octaves, at the peak of the learning rate",
    )


@trained("long", "Features that get a neuron late are the rare ones.", COMMENTS)
def late_rare(ds: xr.Dataset) -> Claim:
    def ranked(law: str) -> list[float]:
        rows = at(ds["served_step"], frequency=law).transpose("seed", "feature").values
        places = [np.flatnonzero(np.isfinite(row)) for row in rows]
        return [rank_correlation(p, r[p]) for p, r in zip(places, rows, strict=True)]

    return above(
        0.0,
        ranked("power_law"),
        control=("equal frequencies", ranked("uniform")),
        because="rank correlation of a served feature's place in the order of frequencies and of "
        "the look from which on it has a monosemantic neuron",
    )
