"""A comparison as one offline page: the tables, and the curves of both versions."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

import xarray as xr

from tegum.figures import theme
from tegum.figures.page import document, figure, paragraph, table
from tegum.figures.render import interactive
from tegum.versions.align import labels_of, values_of
from tegum.versions.comparison import Comparison, VariableChange, Version
from tegum.versions.text import place, sections


def page(a: Version, b: Version, found: Comparison, top: int) -> bytes:
    """The page, with the curves of the `top` variables of each sweep that differ most often."""
    body = [f"<p>A: {escape(found.a)}<br>B: {escape(found.b)}</p>"]
    if found.equal:
        return document(_title(found), [*body, paragraph("No difference.")])
    body += [paragraph(f"Note: {note}") for note in found.notes]
    body += [table(title, rows) for title, rows in sections(found, top)]
    for sweep in found.sweeps:
        drawn = sorted(sweep.variables, key=lambda v: -v.changed)[:top]
        for change in filter(_drawable, drawn):
            pair = [v.data[sweep.name][change.name] for v in (a, b)]
            body += _curves(sweep.name, change, pair)
    return document(_title(found), body)


def _title(found: Comparison) -> str:
    return f"{found.study}: two versions"


def _drawable(change: VariableChange) -> bool:
    return any(not isinstance(value, str) for d in change.largest for value in (d.a, d.b))


def _curves(sweep: str, change: VariableChange, pair: Sequence[xr.DataArray]) -> Iterator[str]:
    """Both versions along the longest numeric dimension, through the largest difference."""
    at, first = change.largest[0].at, pair[0]
    numeric = [d for d in change.dims_a if d != "seed" and first[d].dtype.kind in "iuf"]
    if not numeric:
        return
    x = max(numeric, key=lambda d: first.sizes[d])
    fixed = {d: value for d, value in at.items() if d not in (x, "seed")}
    lines = [_line(v, x, fixed) for v in pair]
    both = xr.concat(lines, "version", join="outer").assign_coords(version=["A", "B"])
    both["y"].attrs, both["x"].attrs = _plain(first), _plain(first[x])
    both["version"].attrs = {"long_name": "version", "units": "1"}
    low, high = float(both["x"].min()), float(both["x"].max())
    logx = bool(low > 0 and high / low >= 100)

    def draw() -> Any:
        kind = theme.band if "seed" in both.dims else theme.curves
        return kind(both, "y", "x", by="version", logx=logx, markers=True)

    seeds = "; mean over seeds with its 95 % interval" if "seed" in both.dims else ""
    yield figure(interactive(draw), f"{sweep}: {change.name} {place(fixed)}{seeds}")


def _plain(labelled: xr.DataArray) -> dict[str, str]:
    """Labels without what bokeh takes for TeX, for which it would load a script."""
    attrs = {"long_name": str(labelled.name), "units": "1"} | labelled.attrs
    return {k: str(v).replace("$", "").replace("\\", "") for k, v in attrs.items()}


def _line(variable: xr.DataArray, x: str, fixed: dict[str, Any]) -> xr.Dataset:
    """The variable through one point, with names that no plotting library can misread."""
    where = {
        dim: labels_of(values_of(variable, dim)).index(labels_of([value])[0])
        for dim, value in fixed.items()
    }
    picked = variable.isel(where).astype(float)
    coords = {d: values_of(variable, str(d)) for d in picked.dims}
    bare = xr.DataArray(picked.values, coords, picked.dims).rename({x: "x"})
    return bare.to_dataset(name="y")
