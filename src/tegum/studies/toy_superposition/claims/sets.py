"""T19 and T21: features that come in correlated sets."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import at, those
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import Untested
from tegum.studies.toy_superposition.claims.sources import DENSITY, trained
from tegum.studies.toy_superposition.reading import PAIR, best_restart, collapsed, pairs

BANDS = ((0.0, 0.05, 0, 0), (0.05, 0.15, 1, 1), (0.15, 0.2, 2, 2), (0.25, 1.01, 3, 3))
"""Densities from, to, and the published least and largest number of collapsed sets (T19). The last
band joins 'more' than two of three and 'like principal components'."""
MOST_LEVELS = 0.75
"""Least share of densities that agree with the published bands (T19): own choice."""
ANTIPODAL = -0.9
"""Cosine below which two features are antipodal (T21): own choice."""
OCTAHEDRON = 0.9
"""Least share of the three antipodal pairs across the sets (T21): own choice; chance gives 0.6."""

Array = NDArray[np.float64]


def _counts(ds: xr.Dataset, kind: str, sparse: bool) -> xr.DataArray:
    """Mean number of collapsed pairs below density 0.05, or above density 0.5, per seed."""
    p = ds[DENSITY]
    mask, told = (p < 0.05, "below 0.05") if sparse else (p > 0.5, "above 0.5")
    return collapsed(at(those(ds, DENSITY, mask, told), correlation=kind)).mean(DENSITY)


@trained("collapse", "Below density 0.05 none of three correlated pairs is collapsed.")
def t19_none(ds: xr.Dataset) -> Claim:
    return below(
        0.5,
        _counts(ds, "correlated", sparse=True),
        control=("above density 0.5", _counts(ds, "correlated", sparse=False)),
        unit="pairs",
        because=f"mean number of collapsed pairs, best of {ds.sizes['restart']} restarts",
    )


def _as_published(counts: Array, p: Array) -> Array:
    """Share of the densities at which the count is in its published band, per seed."""
    agrees = [
        (low <= count) & (count <= high)
        for density, count in zip(p, counts.T, strict=True)
        for start, stop, low, high in BANDS
        if start <= density < stop
    ]
    if not agrees:
        raise Untested(f"{DENSITY} has no value in a published band")
    return np.mean(agrees, axis=0)


@trained(
    "collapse",
    "The number of collapsed pairs rises with the density as published: none, one, two, three.",
)
def t19(ds: xr.Dataset) -> Claim:
    p = ds[DENSITY].values
    found, control = (
        collapsed(at(ds, correlation=kind)).values for kind in ("correlated", "independent")
    )
    listed = ", ".join(f"{c:.1f} at {q:g}" for c, q in zip(found.mean(0), p, strict=True))
    return above(
        MOST_LEVELS,
        _as_published(found, p),
        control=("independent features", _as_published(control, p)),
        unit="share of densities",
        because=f"densities in the published band; mean number of collapsed pairs {listed}",
    )


@trained("collapse", "Above density 0.5 all three correlated pairs are collapsed.")
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
    opposite = best_restart(ds, "restart")["cosine"] < ANTIPODAL
    share = (opposite & pairs(ds, 3)[1]).sum(PAIR) / 3
    return above(
        OCTAHEDRON,
        at(share, correlation="correlated"),
        control=("independent features", at(share, correlation="independent")),
        unit="share of three pairs",
        because=f"antipodal pairs across the triples, best of {ds.sizes['restart']} restarts",
    )
