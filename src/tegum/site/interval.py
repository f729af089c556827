"""A claim's estimate beside its threshold, as a small SVG that takes its colours from the page."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from tegum.ledger.report import number

WIDTH, HEIGHT, MARGIN, LINE = 240, 44, 14, 15
"""Of the picture, beside the marks, and the height of the line that they stand on."""
LOGARITHMIC = 50
"""Ratio of the largest to the smallest value from which on, where all are positive, the scale is
logarithmic."""


def interval_svg(row: Mapping[str, Any]) -> str:
    """The claim as SVG: dot and bar (estimate, 95 % interval), the threshold, the side on which the
    claim holds, and a diamond for the control; empty where there is no estimate.

    Args:
        row: of the ledger.
    """
    if row["estimate"] is None:
        return ""
    marks = [row[name] for name in ("estimate", "ci_low", "ci_high", "threshold")]
    values = [v for v in [*marks, row["control_estimate"]] if v is not None]
    place = _scale(values)
    low, high = (place(row[n] if row[n] is not None else row["estimate"]) for n in BOUNDS)
    parts = [f'<line class="axis" x1="0" x2="{WIDTH}" y1="{LINE}" y2="{LINE}"/>']
    if row["threshold"] is not None:
        parts = [*_threshold(row, place(row["threshold"])), *parts]
    if row["control_estimate"] is not None:
        x = place(row["control_estimate"])
        d = f"M{x - 5:.1f} {LINE}l5-5 5 5-5 5z"
        parts.append(f'<path class="control" d="{d}"/>')
    parts.append(f'<line class="interval" x1="{low:.1f}" x2="{high:.1f}" y1="{LINE}" y2="{LINE}"/>')
    parts.append(f'<circle class="estimate" cx="{place(row["estimate"]):.1f}" cy="{LINE}" r="4"/>')
    label = escape(described(row), quote=True)
    return (
        f'<svg class="interval-plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{label}"><title>{label}</title>{"".join(parts)}</svg>'
    )


BOUNDS = ("ci_low", "ci_high")


def described(row: Mapping[str, Any]) -> str:
    """What the picture shows, in words."""
    text = f"estimate {number(row['estimate'])}"
    if row["ci_low"] is not None:
        text += f", 95 % interval {number(row['ci_low'])} to {number(row['ci_high'])}"
    if row["threshold"] is not None:
        side = "above" if row["direction"] == "above" else "below"
        text += f"; expected {side} {number(row['threshold'])}"
    if row["control_estimate"] is not None:
        text += f"; control {number(row['control_estimate'])}"
    return text


def _threshold(row: Mapping[str, Any], x: float) -> list[str]:
    """The side that is expected, the line where it begins, and its value."""
    start, width = (x, WIDTH - x) if row["direction"] == "above" else (0, x)
    middle, tall = min(max(x, 24), WIDTH - 24), 2 * LINE - 6
    return [
        f'<rect class="expected" x="{start:.1f}" y="3" width="{width:.1f}" height="{tall}"/>',
        f'<line class="threshold" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{2 * LINE}"/>',
        f'<text x="{middle:.1f}" y="{HEIGHT - 3}" text-anchor="middle">'
        f"{number(row['threshold'])}</text>",
    ]


def _scale(values: Sequence[float]) -> "Scale":
    """Value to position; all values are within the margins."""
    positive = min(values) > 0 and max(values) / min(values) >= LOGARITHMIC
    moved = [math.log(v) if positive else v for v in values]
    low, high = min(moved), max(moved)
    return Scale(low, high, positive)


class Scale:
    """A linear or logarithmic scale from `low` to `high`, in the units that are drawn."""

    def __init__(self, low: float, high: float, logarithmic: bool) -> None:
        self.low, self.span, self.logarithmic = low, high - low, logarithmic

    def __call__(self, value: float) -> float:
        """The position of a value; the middle where all values are equal."""
        drawn = math.log(value) if self.logarithmic else value
        share = (drawn - self.low) / self.span if self.span else 0.5
        return MARGIN + share * (WIDTH - 2 * MARGIN)
