"""What a linear, a ReLU and a softmax readout can get out of m dimensions: bounds and solutions.

Embeddings W and readouts U are (feature, dimension), biases (feature,). Known answers: a linear
readout does no better than principal components; before a softmax n mutually exclusive features
need one dimension with a bias and two without; k at a time need 2 k - 1 and 2 k, necessarily, since
each k-subset must be a face of the points (u_j, b_j) (k-neighbourliness of polytopes, for large n).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull
from scipy.special import log_softmax

Array = NDArray[np.float64]


def moments(probability: float, n_features: int) -> tuple[Array, Array]:
    """Mean (feature,) and covariance (feature, feature) of independent features, each 0 with
    probability 1 - p, else uniform on [0, 1]."""
    variance = probability / 3 - probability**2 / 4
    return np.full(n_features, probability / 2), variance * np.eye(n_features)


def component_bound(covariance: ArrayLike, dimensions: int) -> float:
    """Least squared error of a linear readout of `dimensions` dimensions: the sum of the other
    eigenvalues of the covariance (feature, feature)."""
    values = np.linalg.eigvalsh(np.asarray(covariance, float))
    return float(values[: max(len(values) - dimensions, 0)].sum())


def linear_loss(weight: ArrayLike, bias: ArrayLike, mean: Array, covariance: Array) -> float:
    """E |x - W W^T x - b|^2 of features with this mean and covariance, exactly."""
    w = np.asarray(weight, float)
    left = np.eye(len(w)) - w @ w.T
    offset = left @ mean - np.asarray(bias, float)
    return float(np.trace(left @ covariance @ left.T) + offset @ offset)


def tied_loss(
    weight: ArrayLike, bias: ArrayLike, inputs: ArrayLike, probabilities: Array | None = None
) -> float:
    """Mean of |x - ReLU(W W^T x + b)|^2 over samples (sample, feature), or by probabilities."""
    x, w = np.asarray(inputs, float), np.asarray(weight, float)
    error = ((x - np.maximum(x @ w @ w.T + bias, 0)) ** 2).sum(1)
    return float(np.average(error, weights=probabilities))


def softmax_scores(
    weight: ArrayLike, readout: ArrayLike, bias: ArrayLike, inputs: ArrayLike
) -> tuple[float, float]:
    """Divergence and recall of logits U W^T x + b on inputs (sample, feature) with k ones each.

    The Kullback-Leibler divergence from the target x / k in units of ln(n / k), its value for equal
    logits; and the share of the k active features among the k largest logits. Means over samples.
    """
    x = np.asarray(inputs, float)
    logits = x @ np.asarray(weight, float) @ np.asarray(readout, float).T + bias
    k = int(x[0].sum())
    logs: Array = log_softmax(logits, axis=1)
    divergence = -(x * logs).sum(1) / k - np.log(k)
    top = np.argpartition(logits, -k, axis=1)[:, -k:]
    recall = np.take_along_axis(x, top, 1).mean(1)
    return float(divergence.mean() / np.log(x.shape[1] / k)), float(recall.mean())


def necessary_dimensions(n_active: int, with_bias: bool) -> int:
    """Least m at which a softmax can tell k of many features: 2 k - 1 with a bias, 2 k without."""
    return 2 * n_active - with_bias


def line_solution(n_features: int, scale: float) -> tuple[Array, Array, Array]:
    """W, U, b in one dimension that tell one of n features: w_j = scale t_j, u_j = t_j,
    b_j = -scale t_j^2 / 2 at t = 0, 1, …: the logits are -scale (t_i - t_j)^2 / 2 up to a shift."""
    t = np.arange(n_features, dtype=float)[:, None]
    return scale * t, t, -scale * t[:, 0] ** 2 / 2


def circle_solution(n_features: int, scale: float) -> tuple[Array, Array, Array]:
    """W, U, b in two dimensions that tell one of n features without a bias: the vertices of a
    regular polygon, whose logits are scale cos(angle) and largest for the feature itself."""
    angle = 2 * np.pi * np.arange(n_features) / n_features
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return scale * unit, unit, np.zeros(n_features)


def acute_solution(points: ArrayLike, scale: float) -> tuple[Array, Array, Array]:
    """W, U, b that tell two of n features at points (feature, dimension) between which all angles
    are acute: up to a shift the logit of l at the pair (a, b) is -scale (w_l - w_a).(w_l - w_b),
    which is 0 for a and b."""
    p = np.asarray(points, float)
    return scale * p, p, -scale * (p**2).sum(1)


def bipyramid() -> Array:
    """Five points in three dimensions between which all angles are acute: (5, 3)."""
    base = np.pad(circle_solution(3, 1.0)[1], ((0, 0), (0, 1)))
    return np.concatenate([base, [[0.0, 0.0, 0.85], [0.0, 0.0, -0.85]]])


def polygon_autoencoder(n_features: int) -> tuple[Array, Array]:
    """W and b in two dimensions at which a tied ReLU model has no error on one of n ones.

    Vertices of a polygon of squared radius r = 1 / (1 - cos(2 pi / n)) with b = 1 - r: the output
    of the feature itself is r + b = 1, that of its neighbours r cos(2 pi / n) + b = 0.
    """
    square = 1 / (1 - np.cos(2 * np.pi / n_features))
    unit = circle_solution(n_features, 1.0)[1]
    return np.sqrt(square) * unit, np.full(n_features, 1 - square)


def centred(readout: ArrayLike) -> Array:
    """Readouts without their mean, (..., feature, dimension): a softmax sees no shift of logits."""
    u = np.asarray(readout, float)
    return u - u.mean(-2, keepdims=True)


def hull_share(points: ArrayLike) -> float:
    """Share of points (feature, 2) that are vertices of their convex hull."""
    p = np.asarray(points, float)
    return len(ConvexHull(p).vertices) / len(p)


def pair_cosines(cosine: ArrayLike) -> Array:
    """Entries above the diagonal: (..., feature, feature) to (..., pair)."""
    c = np.asarray(cosine, float)
    return c[..., *np.triu_indices(c.shape[-1], 1)]


def angle_density(cosine: ArrayLike, bins: int) -> Array:
    """Density of the angles between pairs, 0 to 180 degrees: (feature, feature) to (bin,)."""
    angles = np.degrees(np.arccos(np.clip(pair_cosines(cosine), -1, 1)))
    return np.histogram(angles, bins, (0, 180), density=True)[0]


def first_solved(solved: ArrayLike, dimensions: ArrayLike) -> Array:
    """Least number of dimensions from which on all are solved: (..., dimension) bool to (...);
    NaN where the largest is not."""
    ends = np.asarray(solved, bool)
    onwards = np.logical_and.accumulate(ends[..., ::-1], -1)[..., ::-1]
    found = np.asarray(dimensions, float)[onwards.argmax(-1)]
    return np.where(onwards[..., -1], found, np.nan)
