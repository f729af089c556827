"""Rows of a sweep as labelled Datasets: joined from buckets, laid out on the sweep's grid."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.data.schema import CHANGES
from tegum.errors import TegumError
from tegum.experiment.params import Section, Value
from tegum.experiment.sweep import Axes, row_order
from tegum.labels import variable


def join(parts: Sequence[xr.Dataset]) -> xr.Dataset:
    """Concatenate rows along `cell`; where buckets have different sizes, NaN fills the rest."""
    if len(parts) == 1:
        return parts[0]
    return xr.concat(
        parts,
        dim="cell",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        join="outer",
        combine_attrs="override",
    )


def join_controls(plain: xr.Dataset, controlled: xr.Dataset | None) -> xr.Dataset:
    """What was measured without a control and with several, side by side along `control`.

    The first is `none` and gives the labels; NaN where `controlled` has fewer places.
    """
    parts = [plain.expand_dims(control=["none"])] + ([] if controlled is None else [controlled])
    same: Any = {"coords": "minimal", "compat": "override", "combine_attrs": "override"}
    found = xr.concat(parts, "control", join="outer", **same)
    found["control"].attrs = {"long_name": "control", "units": "1"}
    return found


def with_changes(
    found: xr.Dataset, rows: Mapping[str, xr.Dataset], axes: Mapping[str, Sequence[Value]]
) -> xr.Dataset:
    """What was measured on a sweep's grid, with the `CHANGES` of the rows that it rests on.

    At each point of the sweep stands the one of largest size among those of all its stages and of
    all their inner dims.
    """
    for name, (_, long_name) in CHANGES.items():
        parts = [_largest(r[name], axes) for r in rows.values() if name in r]
        if parts:
            whole = xr.concat(xr.broadcast(*parts), "stage", coords="minimal", compat="override")
            grid = {axis: len(values) for axis, values in axes.items()}
            data = _largest(whole, axes).variable.set_dims(grid).transpose(*axes).values
            found[name] = variable(tuple(axes), data, long_name, "1")
    return found


def _largest(values: xr.DataArray, axes: Collection[str]) -> xr.DataArray:
    """The values of largest size along all dims but the axes of a sweep."""
    inner = [dim for dim in values.dims if dim not in axes]
    low, high = values.min(inner), values.max(inner)
    return xr.where(-low > high, low, high)


def axis_variable(name: str, dims: str, values: Sequence[Value], section: Any) -> xr.Variable:
    """The labelled values of one axis; units come from the parameter's field where it has them."""
    field = type(section).model_fields.get(name) if isinstance(section, Section) else None
    extra = field.json_schema_extra if field is not None else None
    units = str(extra.get("units", "1")) if isinstance(extra, Mapping) else "1"
    return variable(dims, np.asarray(values), name.replace("_", " "), units)


def with_axes(rows: xr.Dataset, cells: Sequence[Any]) -> xr.Dataset:
    """Put the axis values of each cell beside its row, as coordinates along `cell`."""
    first = cells[0]
    sections = [first.params, *first.upstream.values()]
    named = {}
    for axis in first.axes:
        owner = next((s for s in sections if axis in type(s).model_fields), None)
        named[axis] = axis_variable(axis, "cell", [c.axes[axis] for c in cells], owner)
    bare = without_axes(rows)
    return bare.drop_vars([a for a in named if a in bare.variables]).assign_coords(named)


def without_axes(rows: xr.Dataset) -> xr.Dataset:
    """Rows without coordinates along `cell`: a reused row may come from a sweep of other axes."""
    return rows.drop_vars([n for n, v in rows.coords.items() if v.dims == ("cell",)])


def on_grid(
    rows: xr.Dataset, axes: Mapping[str, Sequence[Value]], cells: Sequence[Axes]
) -> xr.Dataset:
    """Replace `cell` by the axes of the sweep, in their order.

    Args:
        rows: Dataset with dim `cell`.
        axes: axis name to its values.
        cells: axis values of each row, in the order of `rows`.
    """
    try:
        rows = rows.isel(cell=row_order(axes, cells))
    except ValueError as error:
        raise TegumError(f"{error}: run snakemake") from None
    shape = tuple(len(v) for v in axes.values())
    gridded: dict[Any, xr.Variable] = {}
    for name, var in rows.variables.items():
        if name in axes or name == "cell":
            continue
        if "cell" in var.dims:
            var = var.transpose("cell", ...)
            data = var.values.reshape(*shape, *var.shape[1:])
            var = xr.Variable((*axes, *var.dims[1:]), data, var.attrs)
        gridded[name] = var
    coords = {n: v for n, v in gridded.items() if n in rows.coords}
    for axis, values in axes.items():
        attrs = rows[axis].attrs if axis in rows.variables else {"long_name": axis, "units": "1"}
        coords[axis] = xr.Variable(axis, np.asarray(values), attrs)
    data = {n: v for n, v in gridded.items() if n not in coords}
    return xr.Dataset(data, coords)
