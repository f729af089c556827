"""Losses of toy models in closed form (Elhage et al. 2022; wattenberg/superposition).

Features are independent, 0 with probability 1 - p, else uniform on [0, 1]. Embeddings W are
(..., feature, dimension), biases and importances (..., feature), p the feature probability.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

Array = NDArray[np.float64]


def null_loss(probabilities: ArrayLike, importance: ArrayLike) -> Array:
    """Loss of the best constant: sum_i I_i (p_i / 3 - p_i^2 / 4), (..., feature) to (...)."""
    p = np.asarray(probabilities, float)
    return ((p / 3 - p**2 / 4) * np.asarray(importance, float)).sum(-1)


def relative_losses(
    feature_loss: Array,
    restart_loss: Array,
    untrained: Array,
    *,
    probability: Array,
    importance: Array,
) -> dict[str, Array]:
    """Losses over those of the best constants, of models and of their features.

    Args:
        feature_loss: of the best restart, without importances, (model, feature).
        restart_loss: with importances, (model, restart).
        untrained: as `feature_loss`, before training.
        probability: of the features, (model, feature).
        importance: of the features, (model, feature).

    Returns:
        `feature_loss_ratio` (model, feature), `restart_loss_ratio` (model, restart), and of the
        best restart and before training `loss_ratio` and `untrained_loss_ratio` (model,).
    """
    null = null_loss(probability, importance)
    restarts = restart_loss / null[:, None]
    return {
        "feature_loss_ratio": feature_loss / null_loss(probability[..., None], np.ones(1)),
        "restart_loss_ratio": restarts,
        "loss_ratio": restarts.min(1),
        "untrained_loss_ratio": (untrained * importance).sum(1) / null,
    }


def benefit(embeddings: ArrayLike, importance: ArrayLike) -> Array:
    """Feature benefit that is missed, sum_i I_i (1 - |W_i|^2)^2 / 3: (...)."""
    square = (np.asarray(embeddings, float) ** 2).sum(-1)
    return ((1 - square) ** 2 * importance).sum(-1) / 3


def interference(embeddings: ArrayLike, importance: ArrayLike) -> Array:
    """sum_{i != j} I_j ReLU(W_i . W_j)^2 / 3: (...); negative interference is free."""
    w = np.asarray(embeddings, float)
    gram = np.maximum(w @ np.swapaxes(w, -1, -2), 0) ** 2
    off = gram.sum(-2) - np.diagonal(gram, axis1=-2, axis2=-1)
    return (off * importance).sum(-1) / 3


def one_sparse_loss(embeddings: ArrayLike, bias: ArrayLike, importance: ArrayLike) -> Array:
    """L_1 of the sparsity expansion of a ReLU-output model, with biases: (...).

    sum_i Int_0^1 [I_i (x - ReLU(|W_i|^2 x + b_i))^2 + sum_{j != i} I_j ReLU(W_j.W_i x + b_j)^2] dx.
    With b = 0 and |W_i| <= 1 it is `benefit` plus `interference`.
    """
    w, b = np.asarray(embeddings, float), np.asarray(bias, float)[..., None, :]
    slope = w @ np.swapaxes(w, -1, -2)  # (..., active i, output j)
    target = np.eye(slope.shape[-1])
    return (_square_integral(slope, b, target) * np.asarray(importance)[..., None, :]).sum((-2, -1))


def _square_integral(slope: Array, bias: Array, target: Array) -> Array:
    """Int_0^1 (t x - ReLU(a x + b))^2 dx, split where the ReLU switches."""
    with np.errstate(divide="ignore", invalid="ignore"):
        kink = np.clip(np.nan_to_num(-bias / slope), 0, 1)
    kink = np.where(slope == 0, 0.0, kink)
    # The ReLU is on above the kink of a rising line, below that of a falling one.
    low, high = np.where(slope < 0, 0.0, kink), np.where(slope < 0, kink, 1.0)
    on = (slope * (low + high) / 2 + bias) > 0
    low, high = np.where(on, low, 0.0), np.where(on, high, 0.0)

    def power(n: int) -> Array:
        return (high**n - low**n) / n

    off = target**2 * (1 / 3 - power(3))
    return (
        off
        + (target - slope) ** 2 * power(3)
        - 2 * (target - slope) * bias * power(2)
        + (bias**2 * power(1))
    )


SOLUTIONS_2 = ("ignores the extra", "ignores the first", "antipodal", "same sign", "other")
"""Classes of n = 2, m = 1. The last two are no candidates with biases."""
SOLUTIONS_3 = (
    "drops the extra",
    "drops another",
    "pair with the extra",
    "pair of the others",
    "other",
)
"""Classes of n = 3, m = 2; the last one is no candidate."""


def candidates_2(ratio: ArrayLike, probability: ArrayLike) -> Array:
    """Losses of the candidates of n = 2, m = 1 with biases: (...) to (..., 3).

    `ratio` is the extra feature's importance over the first's; both broadcast.
    """
    r, p = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(probability, float))
    lost = p / 3 - p**2 / 4
    return np.stack([r * lost, lost, (1 + r) * p**2 / 6], axis=-1)


def candidates_2_unbiased(ratio: ArrayLike, probability: ArrayLike) -> Array:
    """The same without biases, and W = [c, c] with the best c: (...) to (..., 4).

    E (x_1 - k (x_1 + x_2))^2 is least at k = c^2 = 1/2, where it is p / 6 - p^2 / 8.
    """
    r, p = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(probability, float))
    shared = (1 + r) * (p / 6 - p**2 / 8)
    return np.stack([r * p / 3, p / 3, (1 + r) * p**2 / 6, shared], axis=-1)


def candidates_3(ratio: ArrayLike, probability: ArrayLike) -> Array:
    """Losses of the candidates of n = 3, m = 2 with biases: (...) to (..., 4)."""
    r, p = np.broadcast_arrays(np.asarray(ratio, float), np.asarray(probability, float))
    lost = p / 3 - p**2 / 4
    return np.stack([r * lost, lost, (1 + r) * p**2 / 6, p**2 / 3], axis=-1)


def solution_2(embeddings: ArrayLike, least_norm: float) -> NDArray[np.intp]:
    """Place in `SOLUTIONS_2` of trained models: (..., 2, 1) to (...)."""
    w = np.asarray(embeddings, float)[..., 0]
    on = np.abs(w) > least_norm
    both, sign = on.all(-1), w.prod(-1) > 0
    cases = [on[..., 0] & ~on[..., 1], on[..., 1] & ~on[..., 0], both & ~sign, both & sign]
    return np.select(cases, range(4), 4)


def solution_3(
    embeddings: ArrayLike, least_norm: float, antipodal: float = -0.9, separate: float = 0.2
) -> NDArray[np.intp]:
    """Place in `SOLUTIONS_3` of trained models: (..., 3, 2) to (...); the last feature is extra.

    A pair is antipodal below the cosine `antipodal`; other pairs must have |cos| < `separate`.
    """
    w = np.asarray(embeddings, float)
    norms = np.linalg.norm(w, axis=-1)
    on = norms > least_norm
    unit = w / np.maximum(norms, 1e-12)[..., None]
    cos = np.stack(
        [(unit[..., i, :] * unit[..., j, :]).sum(-1) for i, j in ((0, 1), (0, 2), (1, 2))], -1
    )
    opposite, apart = cos < antipodal, np.abs(cos) < separate
    three = on.all(-1)
    extra = opposite[..., 1] & apart[..., 0] & apart[..., 2]
    extra |= opposite[..., 2] & apart[..., 0] & apart[..., 1]
    others = opposite[..., 0] & apart[..., 1] & apart[..., 2]
    two = on.sum(-1) == 2
    cases = [two & ~on[..., 2], two & on[..., 2], three & extra, three & others]
    return np.select(cases, range(4), 4)


def phase_diagram(
    size: tuple[int, int], biased: bool
) -> tuple[Callable[..., Array], Callable[..., NDArray[np.intp]]]:
    """Losses of the candidates, and the place of trained models among them, for (n, m) = `size`.

    Raises:
        TegumError: for sizes of which no candidates are known.
    """
    if size == (3, 2):
        return candidates_3, solution_3
    if size == (2, 1):
        return (candidates_2 if biased else candidates_2_unbiased), solution_2
    raise TegumError(
        "phase diagrams are known of n_features: 2 in n_dimensions: 1 and of 3 in 2, found "
        f"{size[0]} in {size[1]}; measure such a sweep as what: tied"
    )


def relative_vulnerability(
    embeddings: ArrayLike, bias: ArrayLike, inputs: ArrayLike, budget: float
) -> float:
    """`vulnerability` over that of a model that gives its dimensions to as many features."""
    plain = np.eye(*np.shape(embeddings)), np.zeros_like(bias)
    return vulnerability(embeddings, bias, inputs, budget) / vulnerability(*plain, inputs, budget)


def vulnerability(
    embeddings: ArrayLike, bias: ArrayLike, inputs: ArrayLike, budget: float
) -> float:
    """Rise of the squared error by the most harmful attack, mean over inputs.

    Arguments: W (feature, dimension), bias (feature,), inputs (sample, feature), L2 `budget`.
    Candidate directions are the rows of W W^T, as in Elhage et al.; both signs of each are tried,
    and the target stays the clean input.
    """
    w, x = np.asarray(embeddings, float), np.asarray(inputs, float)
    map_ = w @ w.T
    norms = np.linalg.norm(map_, axis=1, keepdims=True)
    steps = budget * np.divide(map_, norms, out=np.zeros_like(map_), where=norms > 1e-12)
    before = x @ map_ + bias
    clean = ((x - np.maximum(before, 0)) ** 2).sum(1)
    worst = clean
    for change in (steps @ map_)[norms[:, 0] > 1e-12]:
        for sign in (1.0, -1.0):
            error = ((x - np.maximum(before + sign * change, 0)) ** 2).sum(1)
            worst = np.maximum(worst, error)
    return float((worst - clean).mean())
