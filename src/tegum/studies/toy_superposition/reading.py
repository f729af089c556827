"""How measured Datasets of the study are read: the best restart, and the pairs of sets."""

import numpy as np
import xarray as xr

REPRESENTED = 0.5
"""Norm above which a feature is represented, as in the params."""
PAIR = ("feature", "feature_other")
COLLAPSED = 0.95
"""Cosine of a pair above which it counts as collapsed."""


def best_restart(ds: xr.Dataset, along: str = "seed") -> xr.Dataset:
    """Of every cell the restart with the least final loss."""
    final = ds.isel(checkpoint=-1)
    return final.isel({along: final["evaluation_loss"].argmin(along)})


def pairs(ds: xr.Dataset, set_size: int) -> tuple[xr.DataArray, xr.DataArray]:
    """Masks (feature, feature_other) of the pairs i < j within a set and between sets."""
    first, second = (xr.DataArray(np.arange(ds.sizes["feature"]), dims=d) for d in PAIR)
    same = first // set_size == second // set_size
    return (first < second) & same, (first < second) & ~same


def collapsed(ds: xr.Dataset) -> xr.DataArray:
    """Number of collapsed pairs of each seed's best restart, (..., seed, feature_probability)."""
    cos = best_restart(ds, "restart")["cosine"]
    count = ((cos > COLLAPSED) & pairs(ds, 2)[0]).sum(PAIR)
    return count.transpose(..., "seed", "feature_probability")
