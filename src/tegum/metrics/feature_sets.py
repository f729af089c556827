"""Pairs of features that come in sets: within one, between two, and collapsed onto a direction."""

import numpy as np
import xarray as xr

PAIR = ("feature", "feature_other")
COLLAPSED = 0.95
"""Cosine of a pair above which it counts as collapsed."""


def pairs(cosine: xr.DataArray, set_size: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Masks (feature, feature_other) of the pairs i < j within a set and between sets.

    Args:
        cosine: between features, (..., feature, feature_other).
        set_size: consecutive features that form a set.
    """
    first, second = (xr.DataArray(np.arange(cosine.sizes[d]), dims=d) for d in PAIR)
    same = first // set_size == second // set_size
    return (first < second) & same, (first < second) & ~same


def angles(cosine: xr.DataArray) -> xr.DataArray:
    """Angles of cosines, in degrees."""
    found = np.degrees(np.arccos(np.clip(cosine.values, -1, 1)))
    return cosine.copy(data=found).assign_attrs(long_name="angle", units="degrees")


def collapsed(cosine: xr.DataArray, set_size: int = 2) -> xr.DataArray:
    """Number of collapsed pairs within sets: (..., feature, feature_other) to (...)."""
    return ((cosine > COLLAPSED) & pairs(cosine, set_size)[0]).sum(PAIR)
