"""What several figures of the study share."""

import xarray as xr

from tegum.labels import variable

SEEDS = "Five seeds; bands are 95 % bootstrap intervals of the mean over seeds."
ONE_SEED = "One seed (n = 1, no interval)."


def inverse_density(ds: xr.Dataset) -> xr.Dataset:
    """The density axis replaced by its inverse, as the paper draws it."""
    inverse = variable("sparsity", 1 / ds["feature_probability"].values, "1 / density", "1")
    return ds.rename(feature_probability="sparsity").assign_coords(sparsity=inverse)
