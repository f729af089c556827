"""Drawing helpers that look the same in both HoloViews backends (matplotlib and bokeh).

Each helper takes a labelled Dataset and the *names* of its variables or coordinates; axis labels
come from their `long_name` and `units`. A `draw` function is called once per backend: these helpers
translate the options that the backends name differently, so it has no branches of its own.
"""

from collections.abc import Sequence
from typing import Any, Literal, Unpack

import holoviews as hv
import holoviews.plotting.bokeh
import holoviews.plotting.mpl  # both register themselves with hv.Store
import hvplot.xarray  # noqa: F401  (registers Dataset.hvplot)
import numpy as np
import xarray as xr
from bokeh.models import HoverTool

from tegum.errors import TegumError
from tegum.figures.style import (
    COLOUR_MAP,
    CONTROL,
    CONTROL_MARKER,
    DIVERGING,
    HEIGHT,
    INCHES,
    PALETTE,
    WIDTH,
    Look,
    Series,
    finish,
    label,
    logs,
    named_colours,
    on_matplotlib,
    saying,
    series_of,
    styled,
    widened,
    words,
)
from tegum.labels import coordinate, variable
from tegum.statistics import bootstrap_interval

ROOM = 36
"""Letters of the names along an axis for which there is room side by side."""


def curves(dataset: xr.Dataset, y: str, x: str, by: str | None = None, **look: Unpack[Look]) -> Any:
    """One line of `y` against `x` per value of the coordinate `by`; select other dims first."""
    _only_dims(dataset, y, {x, by})
    every = list(series_of(dataset, by, look))
    frames = [_frame(series.data, x, y) for series in every]
    parts: list[Any] = []
    for series, frame in zip(
        widened(every, [f[y].values for f in frames], look), frames, strict=True
    ):
        parts += _line(frame, x, y, series, look)
    return finish(parts, dataset, y, x, by, look)


def band(
    dataset: xr.Dataset,
    y: str,
    x: str,
    by: str | None = None,
    *,
    over: str = "seed",
    confidence: float = 0.95,
    **look: Unpack[Look],
) -> Any:
    """Mean of `y` over the dim `over` against `x` with its bootstrap interval shaded, per `by`."""
    _only_dims(dataset, y, {x, by, over})
    every = list(series_of(dataset, by, look))
    found = (_interval(series.data, y, over, confidence) for series in every)
    frames = [_frame(one, x, "mean", "low", "high") for one in found]
    means = [frame["mean"].values for frame in frames]
    parts: list[Any] = []
    for series, frame in zip(widened(every, means, look), frames, strict=True):
        area = frame.hvplot.area(x=x, y="low", y2="high", **logs(look))
        parts += [styled(area, series), *_line(frame, x, "mean", series, look)]
    return finish(parts, dataset, y, x, by, look)


def intervals(
    dataset: xr.Dataset,
    y: str,
    x: str,
    by: str | None = None,
    *,
    over: str = "seed",
    confidence: float = 0.95,
    **look: Unpack[Look],
) -> Any:
    """As `band` for a *categorical* `x`: a dot at the mean and a bar for its interval."""
    _only_dims(dataset, y, {x, by, over})
    names = [words(value) for value in dataset[x].values.tolist()]
    every = list(series_of(dataset, by, look))
    parts: list[Any] = []
    for number, series in enumerate(every):
        found = _interval(series.data, y, over, confidence)
        mean, low, high = (found[name].transpose(x).values for name in ("mean", "low", "high"))
        place = np.arange(len(names)) + 0.6 * ((number + 0.5) / len(every) - 0.5)
        # Of equal values the mean is an end of the interval, but for rounding.
        below, above = np.maximum(mean - low, 0.0), np.maximum(high - mean, 0.0)
        bars = hv.ErrorBars((place, mean, below, above), x, [y, "below", "above"])
        dots = hv.Scatter((place, mean), x, y, label=series.label)
        parts += [styled(bars, series), styled(dots, series)]
    wide: Look = {"xlim": (-0.5, len(names) - 0.5), **look}
    # Each name has an equal part of the axis.
    crowded = max(map(len, names)) * len(names) > ROOM
    turned = {"xrotation": 30} if crowded else {}
    return finish(parts, dataset, y, x, by, wide, xticks=list(enumerate(names)), **turned)


def scatter(
    dataset: xr.Dataset,
    y: str,
    x: str,
    by: str | None = None,
    *,
    hover: str | None = None,
    **look: Unpack[Look],
) -> Any:
    """Points of `x` and `y` (variables or coordinates, broadcast against each other), per `by`.

    `hover` names a variable of HTML fragments, of which the interactive page shows that of the
    point under the mouse.
    """
    parts: list[Any] = []
    extra = [] if hover is None else [hover]
    for series in series_of(dataset, by, look):
        columns = xr.broadcast(*(series.data[name] for name in (x, y, *extra)))
        table = tuple(column.values.ravel() for column in columns)
        points = styled(hv.Scatter(table, x, [y, *extra], label=series.label), series)
        if hover is not None and not on_matplotlib():
            points = points.opts(hooks=[_hovering(hover)])
        parts.append(points)
    return finish(parts, dataset, y, x, by, look)


def _hovering(name: str) -> Any:
    """A hook that gives each series a tool of its own: HoloViews keeps one for a whole overlay."""

    def add(plot: Any, element: Any) -> None:
        points = plot.handles["glyph_renderer"]
        points.data_source.data[name] = element[name]
        plot.state.add_tools(HoverTool(tooltips=f"@{{{name}}}{{safe}}", renderers=[points]))

    return add


def bars(
    dataset: xr.Dataset,
    y: str,
    x: str,
    colour: str,
    *,
    limits: tuple[float, float],
    **look: Unpack[Look],
) -> Any:
    """A bar of height `y` for every `x`, coloured by `colour`, whose range `limits` fixes."""
    place, height, shade = (dataset[name].values for name in (x, y, colour))
    boxes = hv.Rectangles((place - 0.4, 0 * height, place + 0.4, height, shade), vdims=[colour])
    style = {"color": colour, "cmap": COLOUR_MAP, "clim": limits, "colorbar": True}
    parts = [boxes.opts(**style, clabel=label(dataset[colour]))]
    return finish(parts, dataset, y, x, None, {"legend": None, **look})


def arrows(dataset: xr.Dataset, y: str, x: str, by: str | None = None, **look: Unpack[Look]) -> Any:
    """Vectors (`x`, `y`) from the origin, with a dot at their end, per `by`."""
    parts: list[Any] = []
    for series in series_of(dataset, by, look):
        ends = series.data[x].values.ravel(), series.data[y].values.ravel()
        starts = (np.zeros(ends[0].size),) * 2
        parts.append(styled(hv.Segments((*starts, *ends), label=series.label), series))
        parts.append(styled(hv.Scatter(ends, x, y), series))
    return finish(parts, dataset, y, x, by, look)


def heatmap(
    dataset: xr.Dataset,
    z: str,
    x: str,
    y: str,
    *,
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    names: Sequence[str] = (),
    **look: Unpack[Look],
) -> Any:
    """Colour map of `z` over two coordinates, each cell drawn to explicit, maybe uneven, bounds.

    `limits` fixes the colour range; `centre` asks for a diverging map around that value; `names`
    are those of the classes 0, 1, … that `z` numbers. A coordinate of text becomes evenly spaced,
    named rows or columns.
    """
    _only_dims(dataset, z, {x, y})
    values = np.asarray(dataset[z].transpose(y, x).values, dtype=float)
    style: dict[str, Any] = {"cmap": COLOUR_MAP, "colorbar": True, "clabel": label(dataset[z])}
    if centre is not None:
        reach = float(np.nanmax(np.abs(values - centre))) or 1.0
        limits, style["cmap"] = limits or (centre - reach, centre + reach), DIVERGING
    if names:
        limits = (-0.5, len(names) - 0.5)
        style |= {"cmap": list(PALETTE[: len(names)]), "clabel": ""} | named_colours(names)
    if limits is not None:
        style["clim"] = limits
    axes: dict[str, Any] = {"show_grid": False}
    edges_x, axes["xticks"] = _edges(dataset[x], look.get("logx", False))
    edges_y, axes["yticks"] = _edges(dataset[y], look.get("logy", False))
    axes = {key: ticks for key, ticks in axes.items() if ticks is not None}
    mesh = hv.QuadMesh((edges_x, edges_y, values), [x, y], z).opts(**style)
    return finish([mesh], dataset, y, x, None, {"legend": None, **look}, **axes)


def matrix(values: np.ndarray, of: str, row: str, column: str, **options: Any) -> Any:
    """`heatmap` of an array (row, column) whose places are counted; the others are axis labels.

    `options` are those of `heatmap`.
    """
    labels = zip(("row", "column"), values.shape, (row, column), strict=True)
    coords = {dim: coordinate(dim, np.arange(size), text) for dim, size, text in labels}
    table = xr.Dataset({"entry": variable(("row", "column"), values, of, "1")}, coords)
    return heatmap(table, "entry", "column", "row", **options)


def stacks(
    dataset: xr.Dataset,
    y: str,
    x: str,
    of: str,
    *,
    least: float = 0.0,
    **look: Unpack[Look],
) -> Any:
    """Bars of `y` for every `x`, stacked over the coordinate `of`, which also colours the parts.

    Parts of at most `least` are left out.
    """
    _only_dims(dataset, y, {x, of})
    values = np.asarray(dataset[y].transpose(x, of).values, dtype=float)
    values = np.where(values > least, values, 0.0)
    tops = values.cumsum(1)
    at, part = np.nonzero(values)
    place, height = dataset[x].values[at], tops[at, part]
    low, colour = height - values[at, part], dataset[of].values[part]
    boxes = hv.Rectangles((place - 0.4, low, place + 0.4, height, colour), vdims=[of])
    style = {
        "color": of,
        "cmap": COLOUR_MAP,
        "clim": (float(dataset[of].min()), float(dataset[of].max())),
        "colorbar": True,
        "clabel": label(dataset[of]),
    }
    wide: Look = {"ylim": (0.0, 1.05 * float(tops.max())), "legend": None, **look}
    return finish([boxes.opts(**style)], dataset, y, x, None, wide)


def reference_line(value: float, text: str, *, axis: Literal["x", "y"] = "y") -> Any:
    """A dashed grey line at `value` of an axis, with a few words on it that say what it is.

    `overlay(panel, reference_line(1.0, "chance"))`.
    """
    element = (hv.HLine if axis == "y" else hv.VLine)(value)
    series = Series(xr.Dataset(), "", CONTROL, "dashed", CONTROL_MARKER)
    hooks = [saying(value, text, axis)] if text else []
    return styled(element, series, width=1.2).opts(axiswise=True, hooks=hooks)


def overlay(panel: hv.Overlay, *others: Any) -> Any:
    """More panels or lines on the axes of `panel`, whose labels, title and limits are kept."""
    merged = panel
    for other in others:
        merged = merged * other
    kept = hv.Store.lookup_options(hv.Store.current_backend, panel, "plot").kwargs
    return merged.opts(**kept)


def layout(*panels: Any, columns: int | None = None) -> Any:
    """Panels side by side, each with its own axes; printed, `tegum.figures.spread` names them.

    Without a number of `columns` there are two, or three where two would leave a place empty.
    """
    if columns is None:
        columns = 3 if len(panels) % 2 and not len(panels) % 3 else 2
    drawn = hv.Layout(list(panels)).cols(columns)
    if not on_matplotlib():
        return drawn.opts(shared_axes=False)
    across = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    # On a page as wide as two panels, type has one size: three are smaller, and their type is not.
    wide = INCHES if across < 3 else 2 * INCHES / across
    inches = (wide * across, wide * rows * HEIGHT / WIDTH)
    return drawn.opts(sublabel_format="", hspace=0.6, vspace=0.4, fig_inches=inches)


def _line(frame: xr.Dataset, x: str, y: str, series: Series, look: Look) -> list[Any]:
    line = frame.hvplot.line(x=x, y=y, label=series.label, **logs(look))
    parts = [styled(line, series)]
    if look.get("markers", False):
        parts.append(styled(frame.hvplot.scatter(x=x, y=y, **logs(look)), series))
    return parts


def _interval(data: xr.Dataset, y: str, over: str, confidence: float) -> xr.Dataset:
    """Mean over `over` with its bootstrap interval; NaN where fewer than two values are finite."""
    array = data[y].transpose(..., over)
    low, high = np.full((2, *array.shape[:-1]), np.nan)
    whole = np.isfinite(array.values).all(-1) & (array.sizes[over] > 1)
    if whole.any():
        low[whole], high[whole] = bootstrap_interval(
            array.values[whole], n_resamples=2000, confidence=confidence
        )
    mean = array.mean(over, keep_attrs=True)
    return xr.Dataset({"mean": mean, "low": mean.copy(data=low), "high": mean.copy(data=high)})


def _frame(data: xr.Dataset, x: str, *names: str) -> xr.Dataset:
    """Only what is drawn: scalar coordinates would become titles."""
    flat = {name: (x, data[name].transpose(x).values) for name in names}
    return xr.Dataset(flat, coords={x: data[x].values}).sortby(x)


def _edges(axis: xr.DataArray, log: bool) -> tuple[np.ndarray, list[tuple[float, str]] | None]:
    """Cell bounds halfway between coordinate values, and tick names where they are text."""
    if axis.dtype.kind in "OUSTb":
        names = [words(value) for value in axis.values]
        return np.arange(len(names) + 1) - 0.5, list(enumerate(names))
    centres = np.asarray(axis.values, dtype=float)
    centres = np.log(centres) if log else centres
    if centres.size == 1:
        edges = centres + np.array([-0.5, 0.5])
    else:
        middle = (centres[1:] + centres[:-1]) / 2
        edges = np.concatenate(
            [[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]]
        )
    return (np.exp(edges) if log else edges), None


def _only_dims(dataset: xr.Dataset, name: str, allowed: set[str | None]) -> None:
    extra = [dim for dim in dataset[name].dims if dim not in allowed]
    if extra:
        raise TegumError(
            f"{name} still has the dims {extra}; select or average them before drawing"
        )


__all__ = [
    "PALETTE",
    "Look",
    "arrows",
    "band",
    "bars",
    "curves",
    "heatmap",
    "intervals",
    "label",
    "layout",
    "matrix",
    "overlay",
    "reference_line",
    "scatter",
    "stacks",
]
