"""How measured Datasets of the study are read: the best restart, and the pairs of sets."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

REPRESENTED = 0.5
"""Norm above which a feature is represented, as in the params."""
COLLAPSED = 0.95
"""Cosine of a pair above which it counts as collapsed."""


def best_restart(ds: xr.Dataset, along: str = "seed") -> xr.Dataset:
    """Of every cell the restart with the least final loss."""
    final = ds.isel(checkpoint=-1)
    return final.isel({along: final["evaluation_loss"].argmin(along)})


def pairs(ds: xr.Dataset, set_size: int) -> tuple[Mask, Mask]:
    """Masks (feature, feature_other) of the pairs i < j within a set and between sets."""
    n = ds.sizes["feature"]
    upper = np.triu(np.ones((n, n), bool), 1)
    same = np.arange(n)[:, None] // set_size == np.arange(n) // set_size
    return upper & same, upper & ~same


def collapsed(ds: xr.Dataset) -> xr.DataArray:
    """Number of collapsed pairs of each seed's best restart, (seed, feature_probability)."""
    cos = best_restart(ds, "restart")["cosine"]
    inner = xr.DataArray(pairs(ds, 2)[0], dims=("feature", "feature_other"))
    count = ((cos > COLLAPSED) & inner).sum(("feature", "feature_other"))
    return count.transpose("seed", "feature_probability")
