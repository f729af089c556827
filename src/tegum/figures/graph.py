"""Graphs of a few vectors and their cosines, as fragments of HTML, and points that show them."""

from html import escape
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import coordinate, variable
from tegum.metrics.geometry import NAMES, cosines

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


def component_points(ds: xr.Dataset, axis: str) -> xr.Dataset:
    """Components of models' interference graphs as points (shape, point), by their polytope.

    Args:
        ds: models along (`axis`, seed): `weight` (..., feature, dimension), and `dimensionality`,
            `component` and `polytope`, a place in `metrics.geometry.NAMES`, (..., feature).
        axis: what they are drawn against.

    Returns:
        The axis and the mean dimensionality of each component, NaN where a shape has fewer, and
        its graph as HTML.
    """
    found: dict[str, list[tuple[float, float, str]]] = {}
    for i, j in np.ndindex(ds.sizes[axis], ds.sizes["seed"]):
        model = ds.isel({axis: i, "seed": j})
        weight = model["weight"].transpose("feature", "dimension").values
        member, code = (model[n].values.astype(int) for n in ("component", "polytope"))
        for number in range(member.max() + 1):
            here = member == number
            name = NAMES[code[here][0]]
            mean = float(model["dimensionality"].values[here].mean())
            graph = cosine_graph(weight[here], f"{name}, {here.sum()} features")
            found.setdefault(name, []).append((float(model[axis]), mean, graph))
    names = [name for name in NAMES if name in found]
    table = np.empty((len(names), max(map(len, found.values())), 3), dtype=object)
    table[:] = np.nan, np.nan, ""
    for row, name in zip(table, names, strict=True):
        row[: len(found[name])] = found[name]
    dims = ("shape", "point")
    labels = str(ds[axis].attrs["long_name"]), "feature dimensionality D_i"
    numbers = (variable(dims, table[..., k].astype(float), labels[k], "1") for k in (0, 1))
    columns = dict(zip((axis, "dimensionality"), numbers, strict=True))
    graphs = variable(dims, table[..., 2], "graph", "1")
    shapes = coordinate("shape", np.array(names, dtype=object), "component")
    return xr.Dataset({**columns, "graph": graphs}, {"shape": shapes})
