"""T19 and T21: features that come in correlated sets."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.ledger.claims import Claim, statistical
from tegum.studies.toy_superposition.claims_phase import best_restart
from tegum.studies.toy_superposition.findings import Data, Finding, Topic

COLLAPSED = 0.95
"""Cosine of a pair above which it counts as collapsed (T19)."""
BANDS = ((0.0, 0.05, 0, 0), (0.05, 0.15, 1, 1), (0.15, 0.2, 2, 2), (0.25, 1.01, 3, 3))
"""Densities from, to, and the published least and largest number of collapsed sets (T19). The last
band joins 'more' than two of three and 'like principal components'."""
MOST_LEVELS = 0.75
"""Least share of densities that agree with the published bands (T19): own choice."""
ANTIPODAL = -0.9
"""Cosine below which two features are antipodal (T21): own choice."""
OCTAHEDRON = 0.9
"""Least share of the three antipodal pairs across the sets (T21): own choice; chance gives 0.6."""

T19_NONE = Finding("t19_none", "Below density 0.05 none of three correlated pairs is collapsed.")
T19 = Finding(
    "t19",
    "The number of collapsed pairs rises with the density as published: none, one, two, three.",
)
T19_PCA = Finding("t19_pca", "Above density 0.5 all three correlated pairs are collapsed.")
T21 = Finding(
    "t21",
    "Two correlated triples in three dimensions form an octahedron whose antipodal partners come "
    "from different triples.",
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def within(ds: xr.Dataset, set_size: int) -> tuple[Mask, Mask]:
    """Masks (feature, feature_other) of the pairs i < j within a set and between sets."""
    n = ds.sizes["feature"]
    upper = np.triu(np.ones((n, n), bool), 1)
    same = np.arange(n)[:, None] // set_size == np.arange(n) // set_size
    return upper & same, upper & ~same


def _collapsed(ds: xr.Dataset) -> Array:
    """Number of collapsed pairs, (seed, density)."""
    cos = best_restart(ds, "restart")["cosine"]
    cos = cos.transpose("seed", "feature_probability", "feature", "feature_other").values
    inner, _ = within(ds, 2)
    return (cos[..., inner] > COLLAPSED).sum(-1)


def _as_published(counts: Array, p: Array) -> Array:
    """Share of the densities at which the count is in its published band, per seed."""
    agrees = [
        (counts[:, i] >= low) & (counts[:, i] <= high)
        for i, density in enumerate(p)
        for start, stop, low, high in BANDS
        if start <= density < stop
    ]
    return np.mean(agrees, axis=0)


def _collapse(data: Data) -> list[Claim]:
    ds = data["collapse"]
    p = ds["feature_probability"].values
    counts, control = (
        _collapsed(ds.sel(correlation=kind)) for kind in ("correlated", "independent")
    )
    sparse, dense = p < 0.05, p > 0.5
    listed = ", ".join(f"{c:.1f} at {q:g}" for c, q in zip(counts.mean(0), p, strict=True))
    return [
        statistical(
            *T19_NONE.told,
            values=counts[:, sparse].mean(1),
            threshold=0.5,
            direction="below",
            unit="pairs",
            control="above density 0.5",
            control_values=counts[:, dense].mean(1),
            reason=f"mean number of collapsed pairs, best of {ds.sizes['restart']} restarts",
        ),
        statistical(
            *T19.told,
            values=_as_published(counts, p),
            threshold=MOST_LEVELS,
            direction="above",
            unit="share of densities",
            control="independent features",
            control_values=_as_published(control, p),
            reason=f"densities in the published band; mean number of collapsed pairs {listed}",
        ),
        statistical(
            *T19_PCA.told,
            values=counts[:, dense].mean(1),
            threshold=2.5,
            direction="above",
            unit="pairs",
            control="independent features",
            control_values=control[:, dense].mean(1),
            reason="mean number of collapsed pairs",
        ),
    ]


def _triples(data: Data) -> list[Claim]:
    ds = data["triples"]
    shares = {}
    for kind in ("correlated", "independent"):
        here = ds.sel(correlation=kind)
        cos = best_restart(here, "restart")["cosine"]
        opposite = cos.transpose("seed", "feature", "feature_other").values < ANTIPODAL
        shares[kind] = (opposite & within(ds, 3)[1]).sum((1, 2)) / 3
    return [
        statistical(
            *T21.told,
            values=shares["correlated"],
            threshold=OCTAHEDRON,
            direction="above",
            unit="share of three pairs",
            control="independent features",
            control_values=shares["independent"],
            reason=f"antipodal pairs across the triples, best of {ds.sizes['restart']} restarts",
        )
    ]


TOPIC = Topic((T19_NONE, T19, T19_PCA, T21), {("collapse",): _collapse, ("triples",): _triples})
