"""Tables that figures draw: axes in words, and several arrays as series of one variable."""

from collections.abc import Mapping

import xarray as xr

from tegum.labels import coordinate, joined, variable


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
