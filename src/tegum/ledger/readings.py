"""Numbers that findings of several studies rest on, and how they are written."""

import xarray as xr

from tegum.labels import at, at_least


def exponent(values: xr.DataArray, axis: str) -> xr.DataArray:
    """Slope of the logarithm against that of an axis, by least squares: along all other dims.

    NaN where a value is not positive.

    Raises:
        MissingError: for an axis of fewer than two values.
    """
    values = at_least(values, **{axis: 2})
    x = xr.ufuncs.log(values[axis].astype(float))
    x = x - x.mean()
    return (x * xr.ufuncs.log(values.where(values > 0))).sum(axis, skipna=False) / (x**2).sum()


def rms(ds: xr.Dataset, name: str, over: str) -> xr.DataArray:
    """Root of the mean square of a variable over an axis, each place of equal weight."""
    return xr.ufuncs.sqrt((ds[name] ** 2).mean(over))


def off_law(found: xr.DataArray, law: xr.DataArray) -> xr.DataArray:
    """Relative deviation of the root mean square over all seeds from that of its closed form."""
    measured, expected = (xr.ufuncs.sqrt((part**2).mean("seed")) for part in (found, law))
    return abs(measured / expected - 1)


def widest(ds: xr.Dataset) -> tuple[xr.Dataset, int]:
    """What was found at the largest width, and that width."""
    width = int(ds["width"].max())
    return at(ds, width=width), width


def means(values: xr.DataArray, digits: int) -> str:
    """Means over seeds along the other axis, as text."""
    return ", ".join(f"{float(v):.{digits}f}" for v in values.mean("seed"))


def places(data: xr.Dataset | xr.DataArray, axis: str) -> str:
    """The values of an axis, as text."""
    return ", ".join(f"{v:g}" for v in data[axis].values)
