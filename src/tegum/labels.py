"""Labelled arrays: named dimensions, a long name and units on everything, and their schemas."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from pandera.xarray import DatasetSchema

Layout = Mapping[str, tuple[tuple[str, ...], Any]]


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


def _labelled(dataset: xr.Dataset) -> bool:
    bare = unlabelled(dataset)
    if bare:
        raise ValueError(f"variables without long_name and units: {', '.join(map(str, bare))}")
    return True


def unlabelled(dataset: xr.Dataset) -> list[Hashable]:
    """Names of the variables and coordinates that lack `long_name` or `units`."""
    return [
        name
        for name, var in dataset.variables.items()
        if not {"long_name", "units"} <= var.attrs.keys()
    ]


def schema(name: str, variables: Layout, coords: Layout | None = None) -> "DatasetSchema":
    """The schema of a stage's Dataset, checked when it is saved and when it is loaded.

    Args:
        name: shown in errors, e.g. `monosemanticity.train`.
        variables: variable name to (dims, dtype); dims in order. A dim `...` in first place
            stands for the axes of the sweep, which are not checked by name.
        coords: coordinate name to (dims, dtype).
    """
    from pandera.xarray import Check, Coordinate, DatasetSchema, DataVar

    def dims_of(dims: tuple[str, ...]) -> tuple[str, ...] | None:
        return None if dims and dims[0] == "..." else dims

    def tail(dims: tuple[str, ...]) -> list[Check]:
        if not dims or dims[0] != "...":
            return []
        want = dims[1:]
        message = f"last dims are {want}"
        return [Check(lambda a: a.dims[len(a.dims) - len(want) :] == want, error=message)]

    return DatasetSchema(
        data_vars={
            key: DataVar(name=key, dims=dims_of(dims), dtype=dtype, checks=tail(dims))
            for key, (dims, dtype) in variables.items()
        },
        coords={
            key: Coordinate(name=key, dims=dims, dtype=dtype)
            for key, (dims, dtype) in (coords or {}).items()
        },
        checks=Check(_labelled, error="every variable has long_name and units"),
        name=name,
    )
