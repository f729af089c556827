"""Closed forms of the quadratic toy model: its exact loss, marginal returns, optimal allocations.

Scherlis et al. 2022 (arXiv 2210.01892) and the comments under it. Embedding vectors W_i (rows of
`embeddings`, (..., feature, hidden)) predict sum_i v_i x_i^2 by |sum_i x_i W_i|^2 + c. The x_i are
independent with mean 0, variance 1 and kurtosis k; c is optimal. Legend: a = k - 1, w_i = |W_i|^2,
C_i the capacity of feature i, g_i = -dL_i / dC_i its marginal return [loss per dimension].

The number of dimensions is the budget: sum_i C_i <= hidden. Values v_i are positive.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.geometry import unit

Array = NDArray[np.float64]

GAUSSIAN = 3.0
"""Kurtosis at which returns are constant: increasing below, diminishing above."""


def quadratic_loss(embeddings: ArrayLike, values: ArrayLike, kurtosis: ArrayLike) -> Array:
    """Population loss a sum_i (v_i - w_i)^2 + 2 sum_{i != j} (W_i . W_j)^2: (...).

    Shapes: `embeddings` (..., feature, hidden), `values` (..., feature), `kurtosis` (...).
    """
    gram, a = _gram(embeddings), np.asarray(kurtosis, float) - 1.0
    norms = np.diagonal(gram, axis1=-2, axis2=-1)
    own = ((np.asarray(values, float) - norms) ** 2).sum(-1)
    return a * own + 2.0 * ((gram**2).sum((-2, -1)) - (norms**2).sum(-1))


def null_loss(values: ArrayLike, kurtosis: ArrayLike) -> Array:
    """Loss of the best constant, a sum_i v_i^2: (...)."""
    return (np.asarray(kurtosis, float) - 1.0) * (np.asarray(values, float) ** 2).sum(-1)


def dedicated_loss(values: ArrayLike, hidden: int, kurtosis: float) -> float:
    """Loss with the `hidden` most valuable features dedicated and the others ignored."""
    return float(null_loss(np.sort(np.asarray(values, float))[:-hidden], kurtosis))


def feature_loss(capacity: ArrayLike, values: ArrayLike, kurtosis: ArrayLike) -> Array:
    """L_i(C) = 2 a v^2 (1 - C) / (2 + (a - 2) C), the norm being the best for C; broadcasts."""
    c, v, a = (np.asarray(x, float) for x in (capacity, values, np.subtract(kurtosis, 1.0)))
    return 2.0 * a * v**2 * (1.0 - c) / (2.0 + (a - 2.0) * c)


def marginal_return(capacity: ArrayLike, values: ArrayLike, kurtosis: ArrayLike) -> Array:
    """g_i(C) = 2 a^2 v^2 / (2 + (a - 2) C)^2 [loss per dimension]; broadcasts."""
    c, v, a = (np.asarray(x, float) for x in (capacity, values, np.subtract(kurtosis, 1.0)))
    return 2.0 * a**2 * v**2 / (2.0 + (a - 2.0) * c) ** 2


def return_slope(capacity: ArrayLike, values: ArrayLike, kurtosis: ArrayLike) -> Array:
    """dg_i / dC = -4 a^2 (a - 2) v^2 / (2 + (a - 2) C)^3; broadcasts."""
    c, v, a = (np.asarray(x, float) for x in (capacity, values, np.subtract(kurtosis, 1.0)))
    return -4.0 * a**2 * (a - 2.0) * v**2 / (2.0 + (a - 2.0) * c) ** 3


def water_filling(values: ArrayLike, hidden: int, kurtosis: float) -> tuple[Array, float]:
    """The optimal capacities, (feature,), and the common marginal return (level) lambda.

    Diminishing returns (kurtosis above 3): C_i = clip((sqrt(2) a v_i / sqrt(lambda) - 2) / (a - 2),
    0, 1) with sum C_i = hidden. Otherwise the `hidden` features of largest value have C_i = 1, the
    first ones where values tie, and the level is 2 v^2 of the least of them.
    """
    v, a = np.asarray(values, float), kurtosis - 1.0
    first = np.argsort(-v, kind="stable")[:hidden]
    if kurtosis <= GAUSSIAN or v.size <= hidden:
        capacity = np.zeros(v.size)
        capacity[first] = 1.0
        return capacity, float(2.0 * v[first[-1]] ** 2)
    from scipy.optimize import root_scalar

    def allocation(root: float) -> Array:
        return np.clip((np.sqrt(2.0) * a * v / root - 2.0) / (a - 2.0), 0.0, 1.0)

    ends = (np.sqrt(2.0) * v.min(), a * v.max() / np.sqrt(2.0))
    root = root_scalar(
        lambda r: allocation(r).sum() - hidden, bracket=ends, xtol=1e-15, rtol=1e-15
    ).root
    return allocation(root), root**2


def water_fillings(values: Array, hidden: Sequence[int], kurtosis: Array) -> tuple[Array, Array]:
    """`water_filling` of several models: capacities (model, feature), and levels (model,)."""
    each = [water_filling(*one) for one in zip(values, hidden, kurtosis, strict=True)]
    return np.stack([capacity for capacity, _ in each]), np.array([level for _, level in each])


def optimal_spectrum(values: Array, capacity: Array, level: float, hidden: int) -> Array:
    """Eigenvalues of W^T W at the optimum, falling: the values of the dedicated features, and
    sqrt(lambda / 2) for all that is shared."""
    alone = values[capacity == 1.0]
    shared = np.full(hidden - alone.size, np.sqrt(level / 2.0))
    return np.sort(np.concatenate([alone, shared]))[::-1]


def two_features(ratio: ArrayLike, kurtosis: ArrayLike) -> Array:
    """Optimal capacity of feature 2 in one dimension, `ratio` = v_2 / v_1; broadcasts.

    Above a kurtosis of 3 both features are partial exactly where 2 / a < ratio < a / 2, with
    C_2 = (r (2 + q) - 2) / (q (1 + r)), q = a - 2. Elsewhere the more valuable one takes all. A tie
    at a kurtosis up to 3 has two optima, 0 and 1 (at 3: all between); feature 2 is named.
    """
    r, k = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(kurtosis, float))
    q = np.where(k > GAUSSIAN, k - 3.0, 1.0)
    shared = np.clip((r * (2.0 + q) - 2.0) / (q * (1.0 + r)), 0.0, 1.0)
    return np.where(k > GAUSSIAN, shared, (r >= 1.0).astype(float))


def flattening_strengths(kurtosis: float, value: float = 1.0) -> tuple[float, float, float]:
    """Strengths of lambda_f sum_i C_i (1 - C_i) that matter to two equal features in one dimension.

    Returns, in ascending order for a > 2, those above which the dedicated state is metastable, at
    which both states have equal losses, and above which the shared state loses stability. The
    loss is F = a sum_i (v - w_i)^2 + 4 w_1 w_2 + 2 lambda_f w_1 w_2 / (w_1 + w_2)^2. Around the
    dedicated state (w_2 = 0, w_1 = v), dF/dw_2 = -2 a v + 4 v + 2 lambda_f / v. Around the shared
    one (both w = a v / (a + 2)), the second derivative along (1, -1) is proportional to
    2 a - 4 - lambda_f / (2 w^2). Losses there: a v^2, and 4 a v^2 / (a + 2) + lambda_f / 2.
    """
    a = kurtosis - 1.0
    dedicated = (a - 2.0) * value**2
    equal = 2.0 * a * (a - 2.0) / (a + 2.0) * value**2
    shared = 4.0 * (a - 2.0) * (a * value / (a + 2.0)) ** 2
    return dedicated, equal, shared


def envelope_strength(values: ArrayLike, kurtosis: ArrayLike) -> Array:
    """max_C |dg_i / dC| / 2 = a^2 (a - 2) v^2 / 4, from which on the sum of marginal return and
    penalty diminishes nowhere; broadcasts."""
    return -0.5 * return_slope(0.0, values, kurtosis)


def saddle_curvature(values: ArrayLike, hidden: int, kurtosis: float) -> float:
    """Least second derivative of the loss where the `hidden` most valuable features are dedicated.

    The gradient is 0 there. A vector eps u for an ignored feature changes the loss by
    eps^2 (4 u A u - 2 a v_i), A = W^T W having the dedicated values as eigenvalues.
    """
    v = np.sort(np.asarray(values, float))[::-1]
    return float(8.0 * v[hidden - 1] - 4.0 * (kurtosis - 1.0) * v[hidden])


def direction_return(
    direction: ArrayLike, embeddings: ArrayLike, values: ArrayLike, kurtosis: float
) -> tuple[Array, Array]:
    """Capacity and marginal return of x_q = q . x for unit vectors q (..., feature): (...) each.

    C_q = (q G q)^2 / (q G^2 q), G = W W^T: the capacity in any orthonormal basis that holds q.
    v_q = sum_i v_i q_i^2, and x_q has kurtosis 3 + (k - 3) sum_i q_i^4. An approximation: the
    closed form of g treats x_q as independent of the rest.
    """
    q, v = np.asarray(direction, float), np.asarray(values, float)
    image = q @ _gram(embeddings)
    within, whole = (image * q).sum(-1), (image**2).sum(-1)
    capacity = np.divide(within**2, whole, out=np.zeros_like(whole), where=whole > 1e-24)
    kurtosis_q = GAUSSIAN + (kurtosis - GAUSSIAN) * (q**4).sum(-1)
    return capacity, marginal_return(capacity, (q**2) @ v, kurtosis_q)


def added_neuron(embeddings: ArrayLike, values: ArrayLike, kurtosis: float) -> tuple[Array, Array]:
    """The input direction along which one more neuron lowers the loss most: (feature,), and the
    gain [loss per squared norm] of each feature's own direction, (feature,).

    Exact to second order: a row eps q changes the loss by -eps^2 q (D - 4 G) q, with
    D = diag(2 a (v_i - w_i) + 4 w_i), so that the best q is the first eigenvector.
    """
    gram = _gram(embeddings)
    norms, a = np.diag(gram), kurtosis - 1.0
    gain = np.diag(2.0 * a * (np.asarray(values, float) - norms) + 4.0 * norms) - 4.0 * gram
    return np.linalg.eigh(gain)[1][:, -1], np.diag(gain)


def _gram(embeddings: ArrayLike) -> Array:
    w = np.asarray(embeddings, float)
    return w @ np.swapaxes(w, -1, -2)


def steepest_direction(
    embeddings: ArrayLike, values: ArrayLike, kurtosis: float, starts: int, rng: np.random.Generator
) -> Array:
    """The unit vector q (feature,) of most negative dL / dC_q, by L-BFGS from random starts.

    Shapes: `embeddings` (feature, hidden), `values` (feature,). The closed form of
    `direction_return` is maximised; it has several local maxima, of which the best is returned.
    """
    from scipy.optimize import minimize

    n = len(np.asarray(values))
    steps = 1e-6 * np.concatenate([np.eye(n), -np.eye(n)])

    def height(q: Array) -> Array:
        return np.log(direction_return(unit(q), embeddings, values, kurtosis)[1])

    def slope(q: Array) -> Array:
        around = height(q + steps)
        return (around[:n] - around[n:]) / 2e-6

    runs = [
        minimize(
            lambda q: -height(q),
            unit(rng.normal(size=n)),
            jac=lambda q: -slope(q),
            method="L-BFGS-B",
        )
        for _ in range(starts)
    ]
    return unit(min(runs, key=lambda run: run.fun).x)


SEARCHES = ("closed form", "added neuron", "random")
"""How `directions` finds them: `steepest_direction`, `added_neuron`, or at random."""


def directions(
    embeddings: Array, values: Array, kurtosis: float, starts: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """A unit vector by each of `SEARCHES`, (search, feature), and their marginal returns."""
    random = unit(rng.normal(size=values.size))
    steepest = steepest_direction(embeddings, values, kurtosis, starts, rng)
    found = np.stack([steepest, added_neuron(embeddings, values, kurtosis)[0], random])
    return found, direction_return(found, embeddings, values, kurtosis)[1]
