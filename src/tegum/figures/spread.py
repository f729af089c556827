"""Panels of a drawn figure: letters, one legend for all that share it, and equal gaps.

HoloViews gives panels fixed places; a legend, a colour bar or a long label then lies on what stands
beside it. What is moved out of the page is not lost, since pages are cut to what is drawn.
"""

import string

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, ScaledTranslation

GAP = 14.0
"""Points between what belongs to two panels."""
LETTER = (-6.0, 6.0)
"""Points from the upper left corner of a panel to its letter."""


def arrange(figure: Figure) -> None:
    """Name the panels of a figure, leave out legends that say the same, and close the gaps."""
    panels = _panels(figure)
    _once([axes for axes, *_ in panels])
    if len(panels) > 1:
        for letter, (axes, *_) in zip(string.ascii_lowercase, panels, strict=False):
            _name(figure, axes, letter)
    for axes, *_ in panels:
        _fold(axes)
    figure.draw_without_rendering()
    _spread(figure, panels)


def _once(panels: list[Axes]) -> None:
    """Of legends that say the same that one stays which has most room: at the right, on top.

    One that says part of what another says goes as well.
    """
    having = [axes for axes in panels if axes.get_legend() is not None]
    boxes = {axes: axes.get_window_extent() for axes in having}
    having.sort(key=lambda axes: (-round(boxes[axes].y0), -round(boxes[axes].x0)))
    said = {axes: _says(axes) for axes in having}
    for place, axes in enumerate(having):
        others = [o for o in having if o is not axes and said[axes] <= said[o]]
        if any(said[axes] < said[o] or having.index(o) < place for o in others):
            legend = axes.get_legend()
            assert legend is not None
            legend.remove()


def _says(axes: Axes) -> set[tuple[str, ...]]:
    """Entries of the legend of a panel: its title, their texts, colours and dashes."""
    legend = axes.get_legend()
    assert legend is not None
    title, lines = legend.get_title().get_text(), legend.get_lines()
    looks = [(str(line.get_color()), str(line.get_linestyle())) for line in lines]
    texts = [text.get_text() for text in legend.get_texts()]
    looks += [("", "")] * (len(texts) - len(looks))
    return {(title, text, *look) for text, look in zip(texts, looks, strict=False)}


def _name(figure: Figure, axes: Axes, letter: str) -> None:
    """A letter before the title of a panel, or, where it has none, above its upper left corner."""
    if title := axes.get_title():
        axes.title.set_text(rf"$\bf{{{letter}}}$  {title}")
        return
    right, up = (points / 72 for points in LETTER)
    place = axes.transAxes + ScaledTranslation(right, up, figure.dpi_scale_trans)
    axes.text(0.0, 1.0, letter, transform=place, fontweight="bold", ha="right", va="bottom")


def _fold(axes: Axes) -> None:
    """Break the label of an upright axis that is longer than the axis, at its middle."""
    label = axes.yaxis.label
    words, room = label.get_text().split(), axes.get_window_extent().height
    if len(words) > 1 and label.get_window_extent().height > room:
        halves = range(1, len(words))
        at = min(halves, key=lambda n: abs(len(" ".join(words[:n])) - len(" ".join(words[n:]))))
        label.set_text(" ".join(words[:at]) + "\n" + " ".join(words[at:]))


def _spread(figure: Figure, panels: "list[Panel]") -> None:
    """Move columns of panels sideways, and rows up or down, until they are `GAP` apart."""
    gap = GAP * figure.dpi / 72
    right = 0.0
    for number, column in enumerate(_lines(panels, horizontal=True)):
        box = _bounds(column)
        shift = right + gap - box.x0 if number else 0.0
        _move(figure, column, shift, 0.0)
        right = box.x1 + shift
    figure.draw_without_rendering()
    bottom = 0.0
    for number, row in enumerate(_lines(panels, horizontal=False)):
        box = _bounds(row)
        shift = bottom - gap - box.y1 if number else 0.0
        _move(figure, row, 0.0, shift)
        bottom = box.y0 + shift
    figure.draw_without_rendering()


Panel = tuple[Axes, ...]
"""The axes of a panel, and those of its colour bars."""


def _panels(figure: Figure) -> list[Panel]:
    """Colour bars have no place in a grid of panels: each belongs to the nearest one on its left.

    Frames of HoloViews that draw nothing are left out.
    """
    found: list[list[Axes]] = []
    bars = [axes for axes in figure.axes if hasattr(axes, "_colorbar")]
    for axes in figure.axes:
        if axes not in bars and axes.get_visible() and axes.axison:
            found.append([axes])
    for bar in bars:
        middle = bar.get_window_extent()
        beside = [p for p in found if p[0].get_window_extent().x0 <= middle.x0]
        row = [p for p in beside if _overlap(p[0].get_window_extent(), middle)]
        nearest = max(row or beside or found, key=lambda p: p[0].get_window_extent().x0)
        nearest.append(bar)
    return [tuple(panel) for panel in found]


def _overlap(a: Bbox, b: Bbox) -> bool:
    return a.y0 < b.y1 and b.y0 < a.y1


def _lines(panels: list[Panel], *, horizontal: bool) -> list[list[Panel]]:
    """Panels by column from the left, or by row from the top; those of one begin at one place."""
    lines: dict[int, list[Panel]] = {}
    for panel in panels:
        box = panel[0].get_window_extent()
        lines.setdefault(round(box.x0 if horizontal else -box.y1), []).append(panel)
    merged: list[tuple[int, list[Panel]]] = []
    for place, line in sorted(lines.items()):
        if merged and place - merged[-1][0] < 20:
            merged[-1][1].extend(line)
        else:
            merged.append((place, line))
    return [line for _, line in merged]


def _bounds(line: list[Panel]) -> Bbox:
    boxes = (axes.get_tightbbox() for panel in line for axes in panel)
    return Bbox.union([box for box in boxes if box is not None])


def _move(figure: Figure, line: list[Panel], right: float, up: float) -> None:
    if not right and not up:
        return
    width, height = figure.bbox.size
    for panel in line:
        for axes in panel:
            place = axes.get_position()
            axes.set_axes_locator(None)  # type: ignore[arg-type]
            axes.set_position(place.translated(right / width, up / height))
