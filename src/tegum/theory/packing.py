"""Packing n unit vectors into d dimensions, as k orthogonal factors (a tegum product) or not.

Letters as in Jermyn, "Toy Models and Tegum Products", and the comments under it:
n vectors, d dimensions, k factors (of n/k vectors in d/k dimensions each), alpha the moment of the
interference that the loss sums, L(k) = (n²/k) eps_k^alpha, eps the Johnson–Lindenstrauss bound on
|cos|. k is continuous; logarithms are natural. Forms of the bound, with y = k log(n/k) / d:
`simple` eps² = y; `cubic` eps²/2 − eps³/3 = 4 y, the root in (0, 1], feasible while 4 y <= 1/6.
What is infeasible is NaN.
"""

from collections.abc import Callable
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize, minimize_scalar

from tegum.metrics.geometry import cosine_components, unit

Form = Literal["simple", "cubic"]
Vectors = NDArray[np.float64]
FORMS: tuple[Form, ...] = ("simple", "cubic")
CUBIC_PEAK = 1.0 / 6.0
GRID = 400


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """The root of `function` between `low` and `high`, where its signs differ (Brent's method)."""
    return cast(float, brentq(function, low, high, xtol=1e-16))


def feasible(n: float, d: float, form: Form) -> bool:
    """Whether the bound holds at all: fewer dimensions than vectors, and at k = 1 a root exists."""
    return d < n and (form == "simple" or 4.0 * np.log(n) / d <= CUBIC_PEAK)


def largest_k(n: float, d: float, form: Form) -> float:
    """End of the feasible interval that starts at k = 1, at most d (one dimension per factor)."""
    if not feasible(n, d, form):
        return np.nan
    if form == "simple":
        return float(d)
    # k log(n/k) increases up to k = n/e.
    end = min(float(d), n / np.e)

    def room(k: float) -> float:
        return k * np.log(n / k) - d / 24.0

    if room(end) > 0.0:
        return root(room, 1.0, end)
    return float(d)


def interference_bound(k: ArrayLike, n: float, d: float, form: Form) -> NDArray[np.float64]:
    """eps_k, of the shape of `k`."""
    ks = np.asarray(k, dtype=float)
    y = ks * np.log(n / ks) / d
    if not feasible(n, d, form):
        return np.full(y.shape, np.nan)
    if form == "simple":
        return np.sqrt(y)
    return np.asarray([_cubic_root(4.0 * value) for value in y.ravel()]).reshape(y.shape)


def _cubic_root(target: float) -> float:
    if target > CUBIC_PEAK * (1.0 + 1e-12) or target < 0.0:
        return np.nan

    def excess(eps: float) -> float:
        return eps**2 / 2.0 - eps**3 / 3.0 - target

    return 1.0 if excess(1.0) <= 0.0 else root(excess, 0.0, 1.0)


def bound_slope(k: ArrayLike, n: float, d: float, form: Form) -> NDArray[np.float64]:
    """dlog(eps)/dlog(k), by implicit differentiation; infinite where eps = 1 in the cubic form."""
    ks = np.asarray(k, dtype=float)
    outer = 1.0 - 1.0 / np.log(n / ks)
    if form == "simple":
        return outer / 2.0
    eps = interference_bound(ks, n, d, form)
    with np.errstate(divide="ignore"):
        return (0.5 - eps / 3.0) / (1.0 - eps) * outer


def log_loss(k: ArrayLike, n: float, d: float, alpha: float, form: Form) -> NDArray[np.float64]:
    """log L(k) − log L(1)."""
    ks = np.asarray(k, dtype=float)
    first = interference_bound(1.0, n, d, form)
    return -np.log(ks) + alpha * np.log(interference_bound(ks, n, d, form) / first)


def log_loss_slope(
    k: ArrayLike, n: float, d: float, alpha: float, form: Form
) -> NDArray[np.float64]:
    """dlog(L)/dlog(k) = −1 + alpha dlog(eps)/dlog(k)."""
    return -1.0 + alpha * bound_slope(k, n, d, form)


def best_k(n: float, d: float, alpha: float, form: Form) -> float:
    """The k in [1, `largest_k`] with the least loss: an end point or a stationary point."""
    end = largest_k(n, d, form)
    if np.isnan(end):
        return np.nan
    # Denser towards both ends, where the slope changes fastest.
    grid = np.exp(np.log(end) * (1.0 - np.cos(np.linspace(0.0, np.pi, GRID))) / 2.0)
    grid[-1] = end
    slope = log_loss_slope(grid, n, d, alpha, form)
    candidates = [1.0, end]
    for i in np.flatnonzero((slope[:-1] < 0.0) & (slope[1:] > 0.0)):
        high = grid[i + 1] if np.isfinite(slope[i + 1]) else end * (1.0 - 1e-14)

        def at(k: float) -> float:
            return float(log_loss_slope(k, n, d, alpha, form))

        candidates.append(root(at, grid[i], high))
    losses = log_loss(candidates, n, d, alpha, form)
    return float(candidates[int(np.argmin(losses))])


def critical_alpha(n: float, d: float, form: Form) -> float:
    """alpha beyond which k = 1 is best: the supremum over k > 1 of log(k) / log(eps_k / eps_1).

    k > 1 beats k = 1 exactly while alpha is below that ratio. Its limit for k → 1 is
    1 / (dlog(eps)/dlog(k) at k = 1), where the transition is continuous; a supremum at a larger k
    means that the best k jumps.
    """
    end = largest_k(n, d, form)
    if np.isnan(end):
        return np.nan
    first = float(interference_bound(1.0, n, d, form))

    def ratio(log_k: float) -> float:
        return log_k / np.log(float(interference_bound(np.exp(log_k), n, d, form)) / first)

    limit = 1.0 / float(bound_slope(1.0, n, d, form))
    grid = np.linspace(0.0, np.log(end), GRID)[1:]
    grid[-1] = np.log(end * (1.0 - 1e-12))
    values = np.array([ratio(log_k) for log_k in grid])
    top = int(np.argmax(values))
    low, high = grid[max(top - 1, 0)], grid[min(top + 1, grid.size - 1)]
    found: Any = minimize_scalar(lambda v: -ratio(v), bounds=(low, high), method="bounded")
    return float(max(limit, values[top], -found.fun))


def rotated_bases(n: int, d: int, rng: np.random.Generator) -> Vectors:
    """n/d orthonormal bases in general position: (n, d)."""
    return np.concatenate([np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(n // d)])


def repeated_basis(n: int, d: int) -> Vectors:
    """n/d copies of the standard basis: (n, d)."""
    return np.tile(np.eye(d), (n // d, 1))


def harmonic_frame(n: int, d: int) -> Vectors:
    """Real harmonic frame of unit vectors, (n, d): tight for d <= n − 1.

    Rows of cosines and sines at the frequencies 1 … floor(d/2), and a constant if d is odd.
    """
    angles = 2.0 * np.pi * np.outer(np.arange(n), np.arange(1, d // 2 + 1)) / n
    columns = [np.cos(angles), np.sin(angles)]
    if d % 2:
        columns.append(np.full((n, 1), np.sqrt(0.5)))
    return np.concatenate(columns, axis=1) * np.sqrt(2.0 / d)


def random_vectors(n: int, d: int, rng: np.random.Generator) -> Vectors:
    """n independent uniform unit vectors: (n, d)."""
    return unit(rng.normal(size=(n, d)))


def tegum_product(factors: list[Vectors]) -> Vectors:
    """Vectors of each factor in its own orthogonal subspace: the rows and columns add up."""
    from scipy.linalg import block_diag

    return np.asarray(block_diag(*factors), dtype=float)


def mixed_frames(n: int, d: int) -> Vectors:
    """A vector and two tight frames, of three different lengths, as a tegum product: (n, d)."""
    half, dims = (n - 1) // 2, (d - 1) // 2
    rest = harmonic_frame(n - 1 - half, d - 1 - dims)
    return tegum_product([1.5 * np.eye(1), harmonic_frame(half, dims), 0.6 * rest])


def orthogonal_pairs(vectors: Vectors, tolerance: float = 1e-9) -> int:
    """Number of ordered pairs i != j with |cos| below `tolerance`, counted one by one."""
    cosines = np.abs(vectors @ vectors.T)
    np.fill_diagonal(cosines, 1.0)
    return int(np.count_nonzero(cosines < tolerance))


def frame_energy(vectors: Vectors, alpha: float) -> float:
    """sum over i != j of |cos|^alpha. Vectors (n, d) of length one."""
    cosines = np.abs(vectors @ vectors.T)
    np.fill_diagonal(cosines, 0.0)
    return float(np.sum(cosines**alpha))


def components(vectors: Vectors, tolerance: float = 1e-3) -> int:
    """Number of mutually orthogonal groups: connected components of the graph |cos| > tolerance."""
    return int(cosine_components(vectors, tolerance).max()) + 1


def least_energy(start: Vectors, alpha: float) -> Vectors:
    """A local minimum of `frame_energy` over unit vectors from `start` (n, d), by L-BFGS."""
    n, d = start.shape

    def objective(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        raw = flat.reshape(n, d)
        length = np.linalg.norm(raw, axis=1, keepdims=True)
        rows = raw / length
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, 0.0)
        size = np.abs(cosines)
        with np.errstate(divide="ignore", invalid="ignore"):
            push = np.where(size > 0.0, alpha * size ** (alpha - 1.0) * np.sign(cosines), 0.0)
        pull = 2.0 * push @ rows
        pull -= np.sum(pull * rows, axis=1, keepdims=True) * rows
        return float(np.sum(size**alpha)), (pull / length).ravel()

    found = minimize(
        objective, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 500}
    )
    return unit(found.x.reshape(n, d))
