"""What cannot be read in a drawn figure: texts on texts, and texts on the legends of others."""

from itertools import combinations
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

TOUCH = 1.0
"""Points by which the boxes of two texts may overlap: they have room around their letters."""
SMALLEST = 4.5
"""Points of the smallest text where a figure is printed as wide as its page."""
ONE_COLUMN, TWO_COLUMNS = 3.5, 7.0
"""Inches of a column of a page, and of both: how wide a figure is printed that is at most as wide
as `NARROW` here, and one that is wider."""
NARROW = 6.5


class Drawn(NamedTuple):
    """A text, and where it is."""

    words: str
    box: Bbox
    axis: object
    """The axis whose tick it names; None of another text."""
    size: float
    """In points."""


def problems(figure: Figure) -> list[str]:
    """One line for each two things that lie on each other, and for each text that is too small."""
    figure.draw_without_rendering()
    room = TOUCH * figure.dpi / 72 / 2
    texts, legends = [], []
    for axes in figure.axes:
        if axes.get_visible():
            texts += _texts(axes)
            if (legend := axes.get_legend()) is not None:
                legends.append((axes, legend.get_window_extent(), set(map(id, legend.texts))))
    width = figure.get_tightbbox().width
    scale = (ONE_COLUMN if width <= NARROW else TWO_COLUMNS) / width
    small = min((text.size for text in texts), default=SMALLEST) * scale
    found = [f"type of {small:.1f} points in print"] if small < SMALLEST else []
    for a, b in combinations(texts, 2):
        same = a.axis is not None and a.axis is b.axis
        if not same and a.box.padded(-room).overlaps(b.box.padded(-room)):
            found.append(f"{a.words!r} lies on {b.words!r}")
    for a, b in combinations([t for t in texts if t.axis is not None], 2):
        if a.axis is b.axis and a.box.padded(-room).overlaps(b.box.padded(-room)):
            found.append(f"the ticks {a.words!r} and {b.words!r} run into each other")
    for axes in figure.axes:
        for _, box, own in (item for item in legends if item[0] is not axes):
            for text in _texts(axes) if axes.get_visible() else []:
                if id(text) not in own and box.padded(-room).overlaps(text.box.padded(-room)):
                    found.append(f"{text.words!r} lies on a legend")
    return list(dict.fromkeys(found))


def _texts(axes: Axes) -> list[Drawn]:
    plain = [axes.title, *axes.texts]
    if axes.axison:
        plain += [axes.xaxis.label, axes.yaxis.label]
    if (legend := axes.get_legend()) is not None:
        plain += [*legend.get_texts(), legend.get_title()]
    found = [_drawn(t, None) for t in plain if _seen(t)]
    if axes.axison:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in axis.get_major_ticks():
                label = tick.label1
                upright = label.get_rotation() in (0, 90)
                inside = low - slack <= tick.get_loc() <= high + slack
                if _seen(label) and tick.get_visible() and upright and inside:
                    found.append(_drawn(label, axis))
    return found


def _seen(text: Text) -> bool:
    return text.get_visible() and bool(text.get_text().strip())


def _drawn(text: Text, axis: object) -> Drawn:
    return Drawn(text.get_text(), text.get_window_extent(), axis, text.get_fontsize())
