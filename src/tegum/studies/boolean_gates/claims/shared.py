"""Sources, tolerances, and the numbers that several findings rest on."""

import xarray as xr

from tegum.labels import at, at_least

POST = (
    "Vaintrob, Mendel, Hänni 2024, Toward a mathematical framework for computation in superposition"
)
COMMENTS = f"{POST}, comments by Kaarel and Mendel"
PAPER = "Hänni, Mendel, Vaintrob, Chan 2024, arXiv 2408.05451"
PROTOTYPE = "a small prototype of one seed"
DERIVED = "derived: truncated normal moments (Tallis 1961) and binomial sums"

AGREEMENT = 0.1
"""Relative deviation of a root mean square over all seeds from its closed form: own choice."""
CLOSE = 0.05
"""Largest deviation of an exponent that still counts as the one stated: own choice."""
CONVERGED = 0.1
"""Largest change of the loss over the last half of training of a verdict about the world."""
PERMUTED = "readoffs of other pairs"


def pooled(ds: xr.Dataset, name: str = "error_rms") -> xr.DataArray:
    """Root of the mean square over the four cases, each of equal weight."""
    return xr.ufuncs.sqrt((ds[name] ** 2).mean("case"))


def deviation(ds: xr.Dataset) -> xr.DataArray:
    """Standard deviation of the error within a case, pooled over the cases."""
    square = (ds["error_rms"] ** 2 - ds["error_mean"] ** 2).mean("case")
    return xr.ufuncs.sqrt(square.clip(min=0))


def balanced(ds: xr.Dataset) -> xr.DataArray:
    """Root of the mean square over both outputs, each of equal weight."""
    return xr.ufuncs.sqrt((ds["class_rms"] ** 2).mean("output"))


def exponent(values: xr.DataArray, axis: str) -> xr.DataArray:
    """Slope of the logarithm against that of an axis, least squares: along all other dims.

    NaN where a value is 0.
    """
    values = at_least(values, **{axis: 2})
    x = xr.ufuncs.log(values[axis].astype(float))
    x = x - x.mean()
    return (x * xr.ufuncs.log(values.where(values > 0))).sum(axis, skipna=False) / (x**2).sum()


def off_law(ds: xr.Dataset) -> xr.DataArray:
    """Relative deviation of the root mean square over all seeds from its closed form."""
    plain = at(ds, control="none")
    found = xr.ufuncs.sqrt((plain["error_rms"] ** 2).mean("seed"))
    law = xr.ufuncs.sqrt((plain["law_rms"] ** 2).mean("seed"))
    return abs(found / law - 1)


def values(ds: xr.Dataset, axis: str) -> str:
    """The values of an axis, as text."""
    return ", ".join(f"{v:g}" for v in ds[axis].values)
