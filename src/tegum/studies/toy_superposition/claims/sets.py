"""T19 and T21: features that come in correlated sets."""

from functools import partial

import xarray as xr

from tegum.labels import at, those
from tegum.ledger.claims import Claim, above, below
from tegum.metrics.feature_sets import PAIR, collapsed, pairs
from tegum.studies.toy_superposition.claims.sources import DENSITY, trained
from tegum.studies.toy_superposition.reading import best_cosine
from tegum.theory.published_toys import share_in_bands

MOST_LEVELS = 0.75
"""Least share of densities that agree with the published bands (T19): own choice."""
ANTIPODAL = -0.9
"""Cosine below which two features are antipodal (T21): own choice."""
OCTAHEDRON = 0.9
"""Least share of the three antipodal pairs across the sets (T21): own choice; chance gives 0.6."""

collapse = partial(trained, "collapse")


def _counts(ds: xr.Dataset, kind: str, sparse: bool) -> xr.DataArray:
    """Mean number of collapsed pairs below density 0.05, or above density 0.5, per seed."""
    p = ds[DENSITY]
    mask, told = (p < 0.05, "below 0.05") if sparse else (p > 0.5, "above 0.5")
    these = at(those(ds, DENSITY, mask, told), correlation=kind)
    return collapsed(best_cosine(these)).mean(DENSITY)


@collapse("Below density 0.05 none of three correlated pairs is collapsed.")
def t19_none(ds: xr.Dataset) -> Claim:
    return below(
        0.5,
        _counts(ds, "correlated", sparse=True),
        control=("above density 0.5", _counts(ds, "correlated", sparse=False)),
        unit="pairs",
        because=f"mean number of collapsed pairs, best of {ds.sizes['restart']} restarts",
    )


@collapse(
    "The number of collapsed pairs rises with the density as published: none, one, two, three."
)
def t19(ds: xr.Dataset) -> Claim:
    p = ds[DENSITY].values
    count = collapsed(best_cosine(ds)).transpose("seed", DENSITY, ...)
    found, control = (at(count, correlation=k).values for k in ("correlated", "independent"))
    listed = ", ".join(f"{c:.1f} at {q:g}" for c, q in zip(found.mean(0), p, strict=True))
    return above(
        MOST_LEVELS,
        share_in_bands(found, p),
        control=("independent features", share_in_bands(control, p)),
        unit="share of densities",
        because=f"densities in the published band; mean number of collapsed pairs {listed}",
    )


@collapse("Above density 0.5 all three correlated pairs are collapsed.")
def t19_pca(ds: xr.Dataset) -> Claim:
    return above(
        2.5,
        _counts(ds, "correlated", sparse=False),
        control=("independent features", _counts(ds, "independent", sparse=False)),
        unit="pairs",
        because="mean number of collapsed pairs",
    )


@trained(
    "triples",
    "Two correlated triples in three dimensions form an octahedron whose antipodal partners come "
    "from different triples.",
)
def t21(ds: xr.Dataset) -> Claim:
    cosine = best_cosine(ds)
    share = ((cosine < ANTIPODAL) & pairs(cosine, 3)[1]).sum(PAIR) / 3
    return above(
        OCTAHEDRON,
        at(share, correlation="correlated"),
        control=("independent features", at(share, correlation="independent")),
        unit="share of three pairs",
        because=f"antipodal pairs across the triples, best of {ds.sizes['restart']} restarts",
    )
