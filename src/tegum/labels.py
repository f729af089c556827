"""Labelled arrays: named dimensions, a long name and units on everything."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import xarray as xr

from tegum.errors import TegumError

D = TypeVar("D", xr.Dataset, xr.DataArray)


def variable(dims: str | tuple[str, ...], data: Any, long_name: str, units: str) -> xr.Variable:
    """A labelled array.

    Args:
        dims: names of the dimensions, in the order of the shape of `data`.
        data: array.
        long_name: what it is, as an axis label.
        units: its units; "1" where dimensionless.
    """
    return xr.Variable(dims, np.asarray(data), {"long_name": long_name, "units": units})


def coordinate(dim: str, data: Any, long_name: str, units: str = "1") -> xr.Variable:
    """A labelled coordinate along its own dimension."""
    return variable(dim, data, long_name, units)


def labelled(array: xr.DataArray, name: str, long_name: str, units: str = "1") -> xr.Dataset:
    """A computed array as the variable `name` of a Dataset, labelled as by `variable`."""
    return array.assign_attrs(long_name=long_name, units=units).to_dataset(name=name)


def unlabelled(dataset: xr.Dataset) -> list[Hashable]:
    """Names of the variables and coordinates that lack `long_name` or `units`."""
    return [
        name
        for name, var in dataset.variables.items()
        if not {"long_name", "units"} <= var.attrs.keys()
    ]


class MissingError(TegumError):
    """A value that an axis does not have, or an axis with too few values."""


def at(data: D, **where: Any) -> D:
    """Those entries of an array or Dataset at which its axes have exactly these values.

    Args:
        where: axis to a value, which removes the axis, or to a list of values, which keeps it.
            Numbers are equal when they differ by less than 1e-9 of their size.

    Raises:
        MissingError: naming the axis, the value that is not there and those that are.
    """
    for axis, wanted in where.items():
        if axis not in data.coords:
            raise MissingError(f"there is no axis {axis}")
        values = np.atleast_1d(np.asarray(data.coords[axis].variable.values))
        several = isinstance(wanted, list | tuple | np.ndarray)
        places = [_place(axis, values, value) for value in (wanted if several else [wanted])]
        if axis in data.dims:
            data = data.isel({axis: places if several else places[0]})
    return data


def _place(axis: str, values: np.ndarray, wanted: Any) -> int:
    if values.dtype.kind in "iuf" and not isinstance(wanted, str):
        same = np.isclose(values, wanted, rtol=1e-9, atol=0)
    else:
        same = values == wanted
    found = np.flatnonzero(same)
    if not found.size:
        there = ", ".join(f"{v:g}" if isinstance(v, float) else str(v) for v in values.tolist())
        raise MissingError(f"{axis} = {wanted} is not among its values ({there})")
    return int(found[0])


def those(data: D, axis: str, mask: Any, told: str) -> D:
    """The same data at the values of an axis that `mask` marks.

    Raises:
        MissingError: naming the axis and, by `told`, what none of its values is.
    """
    mask = np.asarray(mask)
    if not mask.any():
        raise MissingError(f"{axis} has no value {told}")
    return data.isel({axis: mask})


def along(data: D, axis: str) -> list[D]:
    """The parts of an array or Dataset at each value of an axis."""
    return [data.isel({axis: place}) for place in range(data.sizes[axis])]


def joined(dim: str, parts: Mapping[str, D]) -> D:
    """Parts side by side along `dim`, whose values are their names."""
    each: list[Any] = [part.drop_vars(dim, errors="ignore") for part in parts.values()]
    both = xr.concat(each, dim, coords="minimal", compat="override", combine_attrs="override")
    return both.assign_coords({dim: coordinate(dim, list(parts), dim)})


def at_least(data: D, **counts: int) -> D:
    """The same data, when each of the axes has so many values.

    Raises:
        MissingError: naming the axis, how many values it has and how many are needed.
    """
    for axis, count in counts.items():
        if data.sizes.get(axis, 0) < count:
            raise MissingError(f"{axis} has {data.sizes.get(axis, 0)} values; {count} are needed")
    return data
