"""Graphs of a few vectors and their cosines, as fragments of HTML."""

from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.metrics.geometry import cosines

Array = NDArray[Any]

MOST_EDGES = 40
"""Edges that the graph of a large component shows: those of the largest |cosine|."""
BOX = 120
"""Width of such a graph, in pixels."""


def cosine_graph(vectors: Array, title: str) -> str:
    """A title and the vectors (vector, dimension) in their first two principal directions, as HTML.

    Blue edges are negative, red ones positive cosines.
    """
    left, scale, _ = np.linalg.svd(vectors, full_matrices=False)
    place = (left * scale)[:, :2]
    place = np.pad(place, ((0, 0), (0, 2 - place.shape[1])))
    place = (BOX / 2 + place / np.abs(place).max() * (BOX / 2 - 8)).round().astype(int)
    cos = cosines(vectors)
    rows, columns = np.triu_indices(len(vectors), 1)
    order = np.argsort(-np.abs(cos[rows, columns]), kind="stable")[:MOST_EDGES]
    paths = {"#0072B2": "", "#D55E00": ""}
    for i, j in zip(rows[order], columns[order], strict=True):
        colour = "#0072B2" if cos[i, j] < 0 else "#D55E00"
        paths[colour] += "M{} {}L{} {}".format(*place[i], *place[j])
    lines = "".join(f'<path d="{d}" stroke="{c}" fill="none"/>' for c, d in paths.items() if d)
    # A dot is a line without length that ends round.
    dots = "".join("M{} {}h0".format(*p) for p in place)
    dots = f'<path d="{dots}" stroke="#000" stroke-width="6" stroke-linecap="round"/>'
    box = f'<svg width="{BOX}" height="{BOX}">{lines}{dots}</svg>'
    return f"<div>{escape(title)}</div>{box}"
