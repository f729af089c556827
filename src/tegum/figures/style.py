"""Series, colours, sizes and labels: what differs between the two HoloViews backends is here."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

import holoviews as hv
import matplotlib
import matplotlib.colors
import numpy as np
import xarray as xr
from bokeh.models import FixedTicker, Label
from matplotlib.axis import Axis
from matplotlib.collections import QuadMesh
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tegum.errors import TegumError

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colour-blind-safe cycle, without its yellow (too pale for a line)."""
CONTROL = "#808080"
"""Colour of control series and reference lines, of which the first are dashed."""
CONTROL_MARKER = ("h", "hex")
COLOUR_MAP = "viridis"
DIVERGING = "RdBu_r"
DASHES = ("solid", "dotted", "dashdot")
CONTROL_DASHES = ("dashed", "dotted", "dashdot")
MARKERS = (
    ("o", "circle"),
    ("s", "square"),
    ("^", "triangle"),
    ("D", "diamond"),
    ("v", "inverted_triangle"),
)
WIDTH, HEIGHT = 600, 400
INCHES = 5.0
MANY_POINTS = 500
WORDS = {
    "topk": "TopK",
    "batchtopk": "BatchTopK",
    "jumprelu": "JumpReLU",
    "relu": "ReLU",
    "l1": "L1",
    "pca": "PCA",
    "ccs": "CCS",
    "mlp": "MLP",
    "mse": "MSE",
    "tpc": "TPC",
    "gmm": "GMM",
    "kmeans": "k-means",
}
"""What names of kinds are called in texts."""
SAME = 0.01
"""Part of the height by which lines differ that cover each other."""
LEGENDS = ("right", "top_right", "top_left", "bottom_right", "bottom_left")


class Look(TypedDict, total=False):
    """Options that every helper with series takes by keyword."""

    logx: bool
    logy: bool
    control: Hashable | Sequence[Hashable]
    """Value(s) of `by` that are drawn in the control style (grey, not solid)."""
    labels: Mapping[Hashable, str]
    """Value of `by` -> its text in the legend."""
    colours: Sequence[str] | str
    """Colours of the series that are no controls, or the name of a colour map for ordered ones."""
    markers: bool
    """Whether points are drawn on the lines."""
    title: str
    legend: str | None
    """One of `LEGENDS`; None for no legend."""
    xlim: tuple[float | None, float | None]
    ylim: tuple[float | None, float | None]


def words(name: object) -> str:
    """A name as a person reads it: `mean_difference` as mean difference, `topk` as TopK.

    Numbers have three digits.
    """
    if isinstance(name, float):
        return f"{name:.3g}"
    return " ".join(WORDS.get(word, word) for word in str(name).split("_"))


@dataclass(frozen=True)
class Series:
    data: xr.Dataset
    label: str
    colour: str
    dash: str
    marker: tuple[str, str]
    width: float = 1.8
    """Of lines; larger where later ones lie on them, which are then seen as stripes."""


def label(variable: xr.DataArray) -> str:
    """Axis label of a labelled variable: `long_name (units)`, without units if dimensionless."""
    name = str(variable.attrs.get("long_name", variable.name))
    units = str(variable.attrs.get("units", "1"))
    return name if units in ("1", "") else f"{name} ({units})"


def series_of(dataset: xr.Dataset, by: str | None, look: Look) -> Iterator[Series]:
    if by is None:
        yield Series(dataset, "", PALETTE[0], "solid", MARKERS[0])
        return
    values = dataset[by].values.tolist()
    control = look.get("control", ())
    controls = set(control) if isinstance(control, list | tuple | set) else {control}
    colours = look.get("colours", PALETTE)
    others = [value for value in values if value not in controls]
    grey = [value for value in values if value in controls]
    if isinstance(colours, str):
        points = np.linspace(0.0, 0.85, len(others))
        colours = [matplotlib.colors.to_hex(c) for c in matplotlib.colormaps[colours](points)]
    for value in values:
        text = (
            f"{value:,}"
            if type(value) is int
            else f"{value:g}"
            if type(value) is float
            else words(value)
        )
        text = look.get("labels", {}).get(value, text)
        data = dataset.sel({by: value}, drop=True)
        if value in controls:
            dash = CONTROL_DASHES[grey.index(value) % len(CONTROL_DASHES)]
            yield Series(data, text, CONTROL, dash, CONTROL_MARKER)
            continue
        at = others.index(value)
        dash = DASHES[at // len(colours) % len(DASHES)]
        yield Series(data, text, colours[at % len(colours)], dash, MARKERS[at % len(MARKERS)])


def widened(every: Sequence[Series], means: Sequence[np.ndarray], look: Look) -> list[Series]:
    """Series of which those are wider that later ones lie on, at half of their points or more.

    Args:
        means: of each series, (x,), what is drawn of it.
        look: which part of it is seen.
    """
    if not means:
        return []
    low, high = (None if end is None else float(end) for end in look.get("ylim", (None, None)))
    seen = [np.clip(mean, low, high) if low != high else mean for mean in means]
    if look.get("logy", False):
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = [np.log(mean) for mean in seen]
    heights = np.concatenate([np.ravel(mean) for mean in seen])
    finite = heights[np.isfinite(heights)]
    near = SAME * float(np.ptp(finite)) if finite.size else 0.0
    found = []
    for place, series in enumerate(every):
        later = [mean for mean in seen[place + 1 :] if mean.shape == seen[place].shape]
        on = sum(bool(np.mean(np.abs(mean - seen[place]) <= near) >= 0.5) for mean in later)
        found.append(replace(series, width=series.width + 1.4 * on))
    return found


def styled(element: Any, series: Series, width: float | None = None) -> Any:
    """Give an element the colour, dash and marker of its series, in the backend's own words."""
    colour, dash, marker = series.colour, series.dash, series.marker
    width = series.width if width is None else width
    kind = type(element).__name__
    if on_matplotlib():
        line = {"color": colour, "linestyle": dash, "linewidth": width}
        style = {
            "Area": {"facecolor": colour, "edgecolor": "none", "alpha": 0.2},
            "Scatter": {"color": colour, "marker": marker[0], "s": 22},
            "Segments": {"color": colour, "linewidth": width},
            "ErrorBars": {"edgecolor": colour, "linewidth": width, "capsize": 3},
        }.get(kind, line)
    else:
        line = {"color": colour, "line_dash": dash, "line_width": width}
        style = {
            "Area": {"color": colour, "fill_alpha": 0.2, "line_alpha": 0},
            "Scatter": {"color": colour, "marker": marker[1], "size": 6},
            "Segments": {"color": colour, "line_width": width},
            "ErrorBars": {"line_color": colour, "line_width": width},
        }.get(kind, line)
    return element.opts(**style)


def finish(
    parts: Sequence[Any],
    dataset: xr.Dataset,
    y: str,
    x: str,
    by: str | None,
    look: Look,
    **axes: Any,
) -> Any:
    """Overlay the parts with common axes, title, size and legend."""
    unknown = sorted(set(look) - set(Look.__annotations__))
    if unknown:
        raise TegumError(
            f"no such option of a figure: {unknown}; use {sorted(Look.__annotations__)}"
        )
    axes |= {
        "xlabel": label(dataset[x]),
        "ylabel": label(dataset[y]),
        "show_grid": True,
        "axiswise": True,
    } | axes
    axes |= logs(look) | {k: v for k, v in look.items() if k in ("xlim", "ylim")}
    title = look.get("title", "")
    axes["title"] = title if " " in title else words(title)
    axes |= size()
    where = look.get("legend", "right")
    legend: dict[str, Any] = {"show_legend": by is not None and where is not None}
    if where is not None and by is not None:
        if where not in LEGENDS:
            raise TegumError(f"legend {where!r} is not known; use one of {LEGENDS} or None")
        legend |= {"legend_position": where} | _legend_title(label(dataset[by]))
    return hv.Overlay([part.opts(**axes) for part in parts]).opts(**(axes | legend))


def size() -> dict[str, Any]:
    if not on_matplotlib():
        return {"width": WIDTH, "height": HEIGHT}

    def set_shape(plot: Any, _: Any) -> None:
        # HoloViews' own aspect is one of data units, which goes astray on log axes.
        plot.handles["axis"].set_aspect("auto")
        plot.handles["axis"].set_box_aspect(HEIGHT / WIDTH)
        _human_ticks(plot.handles["axis"].xaxis)
        _human_ticks(plot.handles["axis"].yaxis)
        for marks in plot.handles["axis"].collections:
            # Many cells or points are one image in the SVG; axes and text stay vectors.
            many = isinstance(marks, QuadMesh) or len(marks.get_offsets()) > MANY_POINTS
            marks.set_rasterized(many)

    inches = (INCHES, INCHES * HEIGHT / WIDTH)
    return {"aspect": "auto", "fig_inches": inches, "fig_size": 100, "hooks": [set_shape]}


class Decades(LogLocator):
    """Marks of a log axis: powers of ten, and 2 and 5 (or 3) times them where few are seen."""

    def tick_values(self, vmin: float, vmax: float) -> np.ndarray:
        """Places of the marks between two positive ends."""
        low, high = sorted((max(vmin, 1e-300), max(vmax, 1e-300)))
        decades = float(np.log10(high / low))
        self.set_params(
            subs=(1.0, 2.0, 5.0) if decades < 1.5 else (1.0, 3.0) if decades < 3 else (1.0,)
        )
        return np.asarray(super().tick_values(low, high))


def human(value: float) -> str:
    """A mark of a log axis as a person writes it: .01, 3,000, and powers of ten beyond."""
    if 1e-3 <= value < 1e6:
        return f"{value:,.10g}"
    power = int(np.floor(np.log10(value) + 1e-9))
    factor = round(value / 10.0**power)
    times = "" if factor == 1 else rf"{factor} \times "
    return f"${times}10^{{{power}}}$"


def _human_ticks(axis: Axis) -> None:
    """Names of marks without exponents; those between the marks would run into each other."""
    axis.set_minor_formatter(NullFormatter())
    if axis.get_scale() == "log":
        axis.set_major_locator(Decades())
        axis.set_major_formatter(FuncFormatter(lambda value, _: human(value)))


def _legend_title(text: str) -> dict[str, Any]:
    if not on_matplotlib():
        return {"legend_opts": {"title": text}}

    def set_title(plot: Any, _: Any) -> None:
        if (drawn := plot.handles.get("legend")) is not None:
            drawn.set_title(text)

    return {"hooks": [*size()["hooks"], set_title]}


def saying(value: float, text: str, axis: Literal["x", "y"]) -> Any:
    """A hook that writes words on a line at `value`, at its left end; on an upright, at its top."""

    def write(plot: Any, _: Any) -> None:
        if on_matplotlib():
            level: dict[str, Any] = {"xy": (0.02, value), "xycoords": ("axes fraction", "data")}
            upright = {"xy": (value, 0.98), "xycoords": ("data", "axes fraction"), "va": "top"}
            place = level | {"va": "bottom"} if axis == "y" else upright | {"rotation": 90}
            offset = {"xytext": (0, 1) if axis == "y" else (-1, 0), "textcoords": "offset points"}
            ha = "left" if axis == "y" else "right"
            edge = [withStroke(linewidth=2, foreground="white")]
            look = {"color": CONTROL, "fontsize": 8, "ha": ha, "path_effects": edge}
            plot.handles["axis"].annotate(text, **place, **offset, **look)
            return
        words = {"text": text, "text_color": CONTROL, "text_font_size": "11px"}
        level = {"x": 6, "y": value, "x_units": "screen", "text_baseline": "bottom"}
        upright = {"x": value, "y": 6, "y_units": "screen", "angle": np.pi / 2}
        plot.state.add_layout(Label(**words, **(level if axis == "y" else upright)))

    return write


def named_colours(names: Sequence[str]) -> dict[str, Any]:
    """Options of a colour bar that writes a name beside each of the classes 0, 1, …"""
    places = range(len(names))
    if on_matplotlib():
        return {"cbar_ticks": list(zip(places, names, strict=True))}
    return {
        "colorbar_opts": {
            "ticker": FixedTicker(ticks=list(places)),
            "major_label_overrides": dict(zip(places, names, strict=True)),
        }
    }


def logs(look: Look) -> dict[str, bool]:
    return {key: look.get(key, False) for key in ("logx", "logy")}


def on_matplotlib() -> bool:
    return hv.Store.current_backend == "matplotlib"
