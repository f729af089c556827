"""How many bits specify a region of the unit square, by its shape and its volume.

A region is specified when enough bits of a point are given that, whatever the other bits are, the
point is in it: the bits name a cell inside the region, and their number is -log2 of its volume.
What cells can be named is the language: squares give both coordinates equally many bits,
rectangles as many as each needs, turned rectangles may lie in any direction (whose description is
not counted: where the region has one direction it does not grow as the region shrinks). Of a region
of volume V no language needs fewer than log2(1 / V) bits. Derived here.

Shapes, by the side or width w: a square; four squares; a strip along a side; a strip around the
diagonal; one inside a quarter of the circle of radius 1 about the origin; and {x y < w}, the
neighbourhood of a normal crossing.
"""

from math import floor, log, log2, pi, sqrt
from typing import Any, Literal, get_args

import numpy as np
from scipy.optimize import minimize_scalar

Shape = Literal["square", "squares", "strip", "diagonal", "arc", "crossing"]
SHAPES: tuple[Shape, ...] = get_args(Shape)
Language = Literal["squares", "rectangles", "turned"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
CORNERS = {"square": [1 / 3], "squares": [0.1, 0.3, 0.55, 0.7]}
"""Both coordinates of the lower left corner of each square: at no power of 2."""
BELOW = 1 / 3
"""Of the strip along a side."""
N_SQUARES = len(CORNERS["squares"])
ALIGNMENT = 4.0
"""Bits, at most, that it costs to name only cells between powers of 2: such a cell has more than a
quarter of any interval's length, in each of two coordinates."""

EXPONENTS = {
    "square": (2.0, 2.0, 2.0),
    "squares": (2.0, 2.0, 2.0),
    "strip": (2.0, 1.0, 1.0),
    "diagonal": (2.0, 2.0, 1.0),
    "arc": (2.0, 1.5, 1.5),
    "crossing": (1.0, 1.0, 1.0),
}
"""Bits per halving of a small width, by language in the order of `LANGUAGES`."""


def volume(shape: Shape, w: float) -> float:
    """Area of the region."""
    areas = {
        "square": w**2,
        "squares": N_SQUARES * w**2,
        "strip": w,
        "diagonal": 1.0 - (1.0 - w / sqrt(2.0)) ** 2,
        "arc": pi / 4.0 * (1.0 - (1.0 - w) ** 2),
        "crossing": w * (1.0 + log(1.0 / w)),
    }
    return areas[shape]


def free_bits(shape: Shape, language: Language, w: float) -> float:
    """-log2 of the area of the largest cell in the region, wherever it lies."""
    return -log2(_largest(shape, language, w))


def _largest(shape: Shape, language: Language, w: float) -> float:
    if shape in CORNERS:
        return w**2
    if shape == "strip":
        return w**2 if language == "squares" else w
    if shape == "diagonal":
        # The sides of an upright rectangle within |x - y| < w / sqrt(2) add up to sqrt(2) w.
        return w * (sqrt(2.0) - w) if language == "turned" else w**2 / 2.0
    if shape == "crossing":
        # Any convex part lies below a tangent of x y = w, in a triangle of area 2 w.
        return w
    inner = 1.0 - w
    if language == "squares":
        return ((sqrt(2.0 - inner**2) - inner) / 2.0) ** 2

    # A side touches the inner circle; the far corners are on the outer one. An upright rectangle
    # is largest beside an axis, where the unit square cuts it in two.
    def area(height: float) -> float:
        return (1.0 + (language == "turned")) * height * sqrt(1.0 - (inner + height) ** 2)

    best: Any = minimize_scalar(
        lambda h: -area(h), bounds=(0.0, w), method="bounded", options={"xatol": 1e-9 * w}
    )
    return area(float(best.x))


def named_bits(shape: Shape, language: Language, w: float) -> int:
    """The same for upright cells between powers of 2, by search over all of them.

    Raises:
        ValueError: for turned cells, of which there are too many.
    """
    if language == "turned":
        raise ValueError("turned cells cannot be searched; use squares or rectangles")
    for bits in range(2 * floor(log2(1.0 / w)) + 9):
        for first in range(bits + 1):
            square = 2 * first == bits
            if (square or language == "rectangles") and _has_cell(shape, w, first, bits - first):
                return bits
    raise ValueError(f"no cell of {shape} found at w = {w:g}")


def _has_cell(shape: Shape, w: float, x_bits: int, y_bits: int) -> bool:
    """Whether any cell of these sides is inside: its corners decide."""
    x, y = np.arange(2**x_bits)[:, None] / 2**x_bits, np.arange(2**y_bits) / 2**y_bits
    right, top = x + 0.5**x_bits, y + 0.5**y_bits
    if shape in CORNERS:
        inside = [(x >= c) & (right <= c + w) & (y >= c) & (top <= c + w) for c in CORNERS[shape]]
        return bool(np.any(inside))
    if shape == "strip":
        return bool(((y >= BELOW) & (top <= BELOW + w)).any())
    if shape == "diagonal":
        apart = w / sqrt(2.0)
        return bool(((right - y <= apart) & (top - x <= apart)).any())
    if shape == "arc":
        return bool(((x**2 + y**2 >= (1.0 - w) ** 2) & (right**2 + top**2 <= 1.0)).any())
    return bool((right * top <= w).any())
