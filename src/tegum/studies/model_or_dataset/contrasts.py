"""Per-seed numbers that the claims compare: effects over random ones, shares of verdicts."""

import numpy as np
import xarray as xr

NORM, COVARIANCE = "equal_norm", "equal_covariance"
EXPECTED, PROBABILITY, LOGIT = "expected", "probability", "logit"
UNUSED = ("unused_linear", "unused_nonlinear")
RANDOM = ("random", "random of types")
"""Kinds of labels that say nothing."""


def ratio(ds: xr.Dataset, direction: str, outcome: str = EXPECTED) -> xr.DataArray:
    """Effect over that of random directions, of true labels at the multiple 1: (seed, variable)."""
    here = ds.sel(direction=direction, labelling=0, alpha=1.0, outcome=outcome)
    return (here["effect"] / here["effect_random"]).transpose("seed", "variable")


def share(
    ds: xr.Dataset,
    verdicts: tuple[str, ...],
    direction: str = NORM,
    outcome: str = EXPECTED,
) -> np.ndarray:
    """Of the variables with true labels, per seed."""
    found = ds["verdict"].sel(direction=direction, outcome=outcome, labelling=0).isin(verdicts)
    return found.mean("variable").values


def of(ds: xr.Dataset, *roles: str) -> xr.Dataset:
    """The variables of these roles."""
    return ds.sel(variable=ds["role"].isin(roles))


def random(ds: xr.Dataset, kind: str = "random") -> xr.Dataset:
    """The labellings that say nothing: of samples, or `random of types` of input."""
    return ds.isel(labelling=np.flatnonzero(ds["labels"].values == kind))
