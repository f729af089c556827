"""How measured Datasets of the study are read."""

import xarray as xr

REPRESENTED = 0.5
"""Norm above which a feature is represented, as in the params."""


def best_restart(ds: xr.Dataset, along: str = "seed") -> xr.Dataset:
    """Of every cell the restart with the least final loss."""
    final = ds.isel(checkpoint=-1)
    return final.isel({along: final["evaluation_loss"].argmin(along)})


def best_cosine(ds: xr.Dataset) -> xr.DataArray:
    """Cosines between the features of each seed's best restart, (..., feature, feature_other)."""
    return best_restart(ds, "restart")["cosine"].reset_coords(drop=True)
