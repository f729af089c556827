"""From one array per cell to labelled Datasets on the grid of a sweep."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from tegum.labels import coordinate, variable

Array = NDArray[np.float64]
Found = Mapping[str, tuple[tuple[str, ...], ArrayLike, str]]
"""Variable name to (inner dims, values with the sweep's cells first, long name)."""

LONG_NAMES = {"ratio": "value ratio v_2 / v_1", "strength": "strength of the penalty"}
UNITS = {
    "marginal_return": "loss / dimension",
    "level": "loss / dimension",
    "return_found": "loss / dimension",
    "strength": "loss",
}


def flat(rows: xr.DataArray, sweep: Any) -> NDArray[Any]:
    """Rows on the grid as one array (cell, ...), in the order of the sweep's cells."""
    return rows.values.reshape(len(sweep.cells), *rows.shape[len(sweep.axes) :])


def trained(sweep: Any) -> list[Any]:
    """The training parameters of each cell."""
    return [cell.upstream["train"] for cell in sweep.cells]


def widths(sweep: Any) -> tuple[tuple[str, ...], ArrayLike, str]:
    """The number of dimensions of each cell's models, as a variable."""
    return (), [params.width for params in trained(sweep)], "number of dimensions"


def dataset(
    sweep: Any, found: Found, coords: Mapping[str, Any] | None = None, shared: Found | None = None
) -> xr.Dataset:
    """A labelled Dataset: `found` on the sweep's axes, then the inner dims; `shared` likewise
    where all seeds have one value, without the axis `seed`.

    `coords` maps inner dims to their values; others count from 0.
    """
    sizes = [len(values) for values in sweep.axes.values()]
    variables = {}
    for name, (inner, values, long_name) in found.items():
        array = np.asarray(values)
        data = array.reshape(*sizes, *array.shape[1:])
        variables[name] = variable((*sweep.axes, *inner), data, long_name, UNITS.get(name, "1"))
    for name, (inner, values, long_name) in (shared or {}).items():
        array = np.asarray(values)
        data = array.reshape(*sizes, *array.shape[1:]).take(0, axis=list(sweep.axes).index("seed"))
        dims = (*(axis for axis in sweep.axes if axis != "seed"), *inner)
        variables[name] = variable(dims, data, long_name, UNITS.get(name, "1"))
    made = xr.Dataset(variables)
    given = dict(coords or {}) | dict(sweep.axes)
    named = {}
    for dim, size in ((str(d), n) for d, n in made.sizes.items()):
        text = LONG_NAMES.get(dim, dim.replace("_", " "))
        named[dim] = coordinate(dim, given.get(dim, np.arange(size)), text, UNITS.get(dim, "1"))
    return made.assign_coords(named)
