"""Tables that figures draw: axes in words, and several arrays as series of one variable."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.labels import at, coordinate, joined, variable


def worded(ds: xr.Dataset, names: Mapping[str, str]) -> xr.Dataset:
    """The same, its axes called by the words that `names` has for them."""
    return ds.assign_coords(
        {a: variable(a, ds[a].values, text, "1") for a, text in names.items() if a in ds.dims}
    )


def as_series(
    dim: str,
    parts: Mapping[str, xr.DataArray],
    title: str | None = None,
    like: xr.DataArray | None = None,
) -> xr.Dataset:
    """Arrays side by side along `dim`, under their names, as one variable `value`.

    Args:
        dim: the new dimension.
        parts: name to array; coordinates that are no axes are left out.
        title: of the dimension; its name by default.
        like: whose labels the variable has; the first part's by default.
    """
    plain = {name: part.reset_coords(drop=True) for name, part in parts.items()}
    labels = next(iter(parts.values())).attrs if like is None else like.attrs
    title = dim.replace("_", " ") if title is None else title
    found = joined(dim, plain).assign_attrs(labels).to_dataset(name="value")
    return found.assign_coords({dim: coordinate(dim, list(parts), title)})


def named(ds: xr.Dataset, axis: str, names: Mapping[str, str], title: str = "") -> xr.Dataset:
    """Some values of an axis, under other names."""
    short = np.array(list(names.values()), dtype=object)
    return at(ds, **{axis: list(names)}).assign_coords({axis: coordinate(axis, short, title)})


def shares(
    groups: Mapping[str, xr.DataArray], classes: Mapping[str, str], row: str, column: str
) -> xr.Dataset:
    """Share of each class in each group, as the variable `share` (group, class).

    Args:
        groups: name to the classes of its members, of any shape.
        classes: class to what it is called.
        row: what the groups are.
        column: what the classes are.
    """
    found = [[float((group == name).mean()) for name in classes] for group in groups.values()]
    return xr.Dataset(
        {"share": variable(("group", "class"), found, "share", "1")},
        {
            "group": coordinate("group", list(groups), row),
            "class": coordinate("class", list(classes.values()), column),
        },
    )


def known_lines(
    axis: str, places: np.ndarray, parts: Mapping[str, np.ndarray], title: str, units: str = "1"
) -> xr.Dataset:
    """Curves that are known point by point, by name along `line`, as the variable `value`.

    Args:
        axis: its name.
        places: along it, (place,).
        parts: name to (place,).
        title: of the variable.
        units: of the variable.
    """
    values = np.stack(list(parts.values()))
    return xr.Dataset(
        {"value": variable(("line", axis), values, title, units)},
        {"line": coordinate("line", list(parts), "line"), axis: coordinate(axis, places, axis)},
    )
