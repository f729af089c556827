"""Axes as readers know them, and what captions say of seeds."""

import xarray as xr

from tegum.labels import coordinate, variable

SEEDS = "Five seeds; bands are 95 % bootstrap intervals of the mean over seeds."
ONE_SEED = "One seed (n = 1, no interval)."


def inverse_density(ds: xr.Dataset) -> xr.Dataset:
    """The axis `feature_probability` replaced by its inverse, `sparsity`."""
    inverse = variable("sparsity", 1 / ds["feature_probability"].values, "1 / density", "1")
    return ds.rename(feature_probability="sparsity").assign_coords(sparsity=inverse)


def by_updates(ds: xr.Dataset) -> xr.Dataset:
    """The axis `checkpoint` replaced by the number of updates that a model has seen, `updates`."""
    updates = coordinate("updates", ds["step"].values + 1, "updates")
    ds = ds.drop_vars(["checkpoint", "step"]).rename(checkpoint="updates")
    return ds.assign_coords(updates=updates)
