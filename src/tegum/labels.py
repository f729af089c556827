"""Labelled arrays: named dimensions, a long name and units on everything."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr


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


def unlabelled(dataset: xr.Dataset) -> list[Hashable]:
    """Names of the variables and coordinates that lack `long_name` or `units`."""
    return [
        name
        for name, var in dataset.variables.items()
        if not {"long_name", "units"} <= var.attrs.keys()
    ]
