"""From a `Figure` to bytes: SVG and PNG by matplotlib, an interactive page by bokeh.

SVG and PNG are the same bytes on every run. The page loads `bokeh.min.js` from its own folder
(`javascript()` is that file), so that all pages of a folder share one copy and work offline.
Nothing is written here, and no browser is needed.
"""

from collections.abc import Callable, Mapping
from html import escape
from io import BytesIO
from typing import Any

import holoviews as hv
import matplotlib
import xarray as xr
from bokeh.embed import components, json_item
from bokeh.models import Toolbar
from bokeh.resources import Resources
from PIL import Image

matplotlib.use("agg")

import matplotlib.pyplot as plt

from tegum.figures import Figure
from tegum.figures.minify import embedded, vector
from tegum.figures.spread import arrange
from tegum.labels import MissingError

JAVASCRIPT_NAME = "bokeh.min.js"
FORMATS = ("svg", "png", "html")
DPI = 144
COLOURS = 128
RC: dict[Any, Any] = {
    "svg.hashsalt": "tegum",
    "svg.fonttype": "none",  # letters that can be searched and copied, in fewer bytes
    "font.family": "DejaVu Sans",
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "legend.title_fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.alpha": 0.3,
}

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<script src="{javascript}"></script>
<style>
body {{ font-family: sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem;
  line-height: 1.5; }}
figure {{ margin: 0; overflow-x: auto; }}
</style>
</head>
<body>
<figure>
<div id="figure"></div>
<figcaption>{caption}</figcaption>
</figure>
<p><strong>What it shows.</strong> {shows}</p>
<p><strong>What was not expected.</strong> {surprise}</p>
{script}
</body>
</html>
"""


def render(figure: Figure, data: Mapping[str, xr.Dataset]) -> dict[str, bytes]:
    """The figure, drawn from measure Datasets by sweep, as `svg`, `png` and `html` (`FORMATS`)."""
    return {**_static(figure, data), "html": _page(figure, data)}


def javascript() -> bytes:
    """Content of the file `JAVASCRIPT_NAME` that has to lie beside the pages."""
    (source,) = Resources(mode="inline", components=["bokeh"]).js_raw[:1]
    return source.encode()


def plotted(figure: Figure, data: Mapping[str, xr.Dataset]) -> Any:
    """The figure as matplotlib draws it, its panels arranged; within `plt.rc_context(RC)`."""
    hv.Store.set_current_backend("matplotlib")
    # `hv.render` would build the plot twice.
    drawn = hv.renderer("matplotlib").get_plot(_draw(figure, data)).state
    drawn.draw_without_rendering()
    arrange(drawn)
    return drawn


def _static(figure: Figure, data: Mapping[str, xr.Dataset]) -> dict[str, bytes]:
    metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
    found = {}
    with plt.rc_context(RC):
        try:
            drawn = plotted(figure, data)
            # Asked for "tight", matplotlib would lay it out for each format.
            tight = drawn.get_tightbbox().padded(plt.rcParams["savefig.pad_inches"])
            for kind, dropped in metadata.items():
                buffer = BytesIO()
                drawn.savefig(buffer, format=kind, dpi=DPI, bbox_inches=tight, metadata=dropped)
                found[kind] = buffer.getvalue()
            found["svg"] = vector(found["svg"].decode()).encode()
            found["png"] = _paletted(found["png"])
        finally:
            plt.close("all")
    return found


def _draw(figure: Figure, data: Mapping[str, xr.Dataset]) -> Any:
    """What the figure draws, or, where its data lack something, an empty frame that says so."""
    absent = [sweep for sweep in figure.sweeps if sweep not in data]
    try:
        if absent:
            raise MissingError(f"the sweep {', '.join(absent)} is not among this scale's params")
        return figure.draw(data)
    except MissingError as error:
        return hv.Text(0.5, 0.5, f"Not drawn: {error}").opts(xaxis=None, yaxis=None)


def _paletted(png: bytes) -> bytes:
    """The picture in at most `COLOURS`: a third of the bytes, and no difference to be seen."""
    buffer = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def interactive(draw: Callable[[], Any]) -> tuple[str, str]:
    """Script and element that show on a page with `javascript()` what `draw` returns."""
    return components(_drawn(draw))


def _drawn(draw: Callable[[], Any]) -> Any:
    hv.Store.set_current_backend("bokeh")
    model = hv.render(draw(), backend="bokeh")
    for toolbar in model.select({"type": Toolbar}):
        toolbar.logo = None
    return model


def _page(figure: Figure, data: Mapping[str, xr.Dataset]) -> bytes:
    item = json_item(_drawn(lambda: _draw(figure, data)))
    page = PAGE.format(
        title=escape(figure.caption.split(". ")[0]),
        javascript=JAVASCRIPT_NAME,
        caption=escape(figure.caption),
        shows=escape(figure.shows),
        surprise=escape(figure.surprise),
        script=embedded(item, "figure"),
    )
    return page.encode()


__all__ = ["FORMATS", "JAVASCRIPT_NAME", "interactive", "javascript", "render"]
