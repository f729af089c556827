"""Geometry of embeddings: which features interfere, and what polytope they form.

Features are rows: (feature, dimension). Two features are neighbours where |What_i . W_j| exceeds a
threshold, What_i being the unit vector; the connected components of that graph are the factors of
a tegum product. A component is a polytope when its cosines are those of the polytope's vertices,
whatever their dimensionality. Source: Elhage et al. 2022, "Uniform Superposition".
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components

Array = NDArray[np.float64]
NAMES = (
    "not represented",
    "dedicated",
    "digon",
    "triangle",
    "tetrahedron",
    "pentagon",
    "square antiprism",
    "other",
)
"""What the codes of `polytope_codes` stand for."""
FRACTIONS: Mapping[str, float] = {
    "dedicated": 1.0,
    "tetrahedron": 3 / 4,
    "triangle": 2 / 3,
    "digon": 1 / 2,
    "pentagon": 2 / 5,
    "square antiprism": 3 / 8,
}
"""Dimensions per feature of a polytope's vertices."""


def polygon(n: int) -> Array:
    """Vertices of a regular polygon: (n, 2)."""
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def antipodal_pairs(n: int) -> Array:
    """The 2 n vertices of a cross-polytope, partners side by side: (2 n, n)."""
    return np.repeat(np.eye(n), 2, axis=0) * np.tile([1.0, -1.0], n)[:, None]


def tetrahedron() -> Array:
    """Vertices of a regular tetrahedron: (4, 3)."""
    return np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)


def square_antiprism() -> Array:
    """Vertices of the square antiprism on a sphere that is a tight frame: (8, 3).

    A tight frame needs the squared height to be half the squared radius of the two squares, which
    is not the antiprism of equal edges.
    """
    turned = np.pi / 2 * np.arange(4)
    rings = [(turned, 1.0), (turned + np.pi / 4, -1.0)]
    points = [np.stack([np.cos(a), np.sin(a), np.full(4, h / np.sqrt(2))], 1) for a, h in rings]
    return np.concatenate(points) * np.sqrt(2 / 3)


@cache
def _templates() -> dict[str, Array]:
    """Name to the sorted cosines between the vertices."""
    vertices = {
        "dedicated": np.ones((1, 1)),
        "digon": antipodal_pairs(1),
        "triangle": polygon(3),
        "tetrahedron": tetrahedron(),
        "pentagon": polygon(5),
        "square antiprism": square_antiprism(),
    }
    return {name: _sorted_cosines(v) for name, v in vertices.items()}


def _sorted_cosines(vectors: Array) -> Array:
    return np.sort((vectors @ vectors.T)[np.triu_indices(len(vectors), 1)])


def components(embeddings: ArrayLike, represented: ArrayLike, threshold: float) -> NDArray[np.intp]:
    """Number of each feature's component: (feature, dimension) to (feature,); -1 where the mask
    `represented` (feature,) is false. Neighbours have |What_i . W_j| > threshold, in either order.
    """
    w, mask = np.asarray(embeddings, float), np.asarray(represented, bool)
    near = np.abs(unit(w[mask]) @ w[mask].T) > threshold
    found = np.full(len(w), -1, dtype=np.intp)
    found[mask] = connected_components(near, directed=True, connection="weak")[1]
    return found


def polytope(embeddings: ArrayLike, tolerance: float) -> str:
    """Name of the polytope whose vertices point as one component's embeddings do.

    Arguments: (feature, dimension); the largest deviation of a sorted cosine from the polytope's.
    "other" where none fits.
    """
    found = _sorted_cosines(unit(np.asarray(embeddings, float)))
    for name, expected in _templates().items():
        if found.size == expected.size and np.allclose(found, expected, 0, tolerance):
            return name
    return "other"


def polytope_codes(
    embeddings: ArrayLike, represented: ArrayLike, threshold: float, tolerance: float
) -> NDArray[np.intp]:
    """Place in `NAMES` of each feature's polytope: (feature, dimension) to (feature,)."""
    w = np.asarray(embeddings, float)
    member = components(w, represented, threshold)
    codes = np.zeros(len(w), dtype=np.intp)
    for number in range(member.max(initial=-1) + 1):
        here = member == number
        codes[here] = NAMES.index(polytope(w[here], tolerance))
    return codes


def aligned(weight: Array) -> Array:
    """Vectors in the plane (vector, 2), turned and mirrored so that the first one points up and the
    next that leans to a side to the right."""
    turn = np.pi / 2 - np.arctan2(weight[0, 1], weight[0, 0])
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    found = weight @ rotation
    lean = next((x for x in found[1:, 0] if abs(x) > 0.1), 1.0)
    return found * np.array([np.sign(lean), 1.0])


def line_counts(values: ArrayLike, fraction: float) -> tuple[int, int]:
    """How many values lie within 0.005 of a fraction, and the larger of the counts around the
    points 0.0125 below and above it: a line where the first clearly exceeds the second.
    Source: a public audit of the notebook anthropics/toy-models-of-superposition.
    """
    v = np.asarray(values, float)

    def near(point: float) -> int:
        return int(np.count_nonzero(np.abs(v - point) < 0.005))

    return near(fraction), max(near(fraction - 0.0125), near(fraction + 0.0125))


def unit(rows: NDArray[Any]) -> NDArray[Any]:
    """Rows of norm 1 along the last axis, of the same shape and dtype; 0 where a row is 0."""
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def cosines(embeddings: ArrayLike) -> Array:
    """Cosines between features: (..., feature, dimension) to (..., feature, feature)."""
    rows = unit(np.asarray(embeddings, float))
    return rows @ np.swapaxes(rows, -1, -2)


def cosine_components(embeddings: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """Connected components of the graph that joins features with |cos| above `threshold`.

    Returns the component of each feature, (feature, dimension) to (feature,); -1 for one without
    embedding. Unlike the spectrum this separates orthogonal blocks of equal eigenvalue.
    """
    similarity = np.abs(cosines(embeddings))
    _, label = connected_components(similarity > threshold, directed=False)
    return np.where(np.diagonal(similarity) > 0, label, -1)


def superposition(embeddings: ArrayLike) -> Array:
    """sum_{j != i} (What_i . W_j)^2: (..., feature, dimension) to (..., feature), unit 1.

    0 where a feature has a direction of its own; from 1 on, others can activate that as strongly.
    """
    w = np.asarray(embeddings, float)
    overlap = (unit(w) @ np.swapaxes(w, -1, -2)) ** 2
    return overlap.sum(-1) - np.diagonal(overlap, axis1=-2, axis2=-1)
