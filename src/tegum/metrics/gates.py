"""How far estimates of gates are from what the gates say, case by case."""

import numpy as np
from numpy.typing import NDArray

from tegum.metrics.auroc import auroc

Array = NDArray[np.float64]
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
EDGES = np.linspace(-1.5, 2.5, 41)
"""Of the histogram of estimates; what lies beyond counts to the last bin."""
THRESHOLD = 0.5


def gate_errors(estimate: Array, case: NDArray[np.int64], target: Array) -> dict[str, Array]:
    """Errors of estimates of one gate.

    Args:
        estimate: of the gate: (entry,).
        case: which of the four cases each is: (entry,).
        target: what the gate says in each case: (4,).

    Returns:
        ``error_rms``, ``error_mean`` (case,), NaN without an entry; ``error_quantile`` (class,
        quantile) and ``histogram`` (class, bin), a density, of those whose target is 0 and 1;
        ``mean_one``, the mean estimate of those whose target is 1; ``class_rms`` (class,);
        ``error_largest``; ``threshold_error``, the share of wrong sides of 1/2, mean of both
        classes; ``auroc``; ``count`` of entries.
    """
    truth = target[case]
    error, ones = estimate - truth, truth > THRESHOLD
    parts = [error[case == number] for number in range(4)]
    classes = [error[~ones], error[ones]]
    wrong = (estimate > THRESHOLD) != ones
    inside = np.clip(estimate, EDGES[0], EDGES[-1])
    return {
        "error_rms": np.array([_rms(e) for e in parts]),
        "error_mean": np.array([e.mean() if e.size else np.nan for e in parts]),
        "class_rms": np.array([_rms(e) for e in classes]),
        "error_quantile": np.array([np.quantile(e, QUANTILES) for e in classes]),
        "histogram": np.array(
            [np.histogram(inside[side], EDGES, density=True)[0] for side in (~ones, ones)]
        ),
        "mean_one": np.asarray(estimate[ones].mean()),
        "error_largest": np.asarray(np.abs(error).max()),
        "threshold_error": np.asarray((wrong[~ones].mean() + wrong[ones].mean()) / 2),
        "auroc": auroc(estimate, ones),
        "count": np.asarray(float(error.size)),
    }


def _rms(error: Array) -> float:
    return float(np.sqrt(np.mean(error**2))) if error.size else np.nan


def participation(weights: Array, variance: Array) -> Array:
    """Share of neurons that carry an output: (sum a)^2 / (width sum a^2), a = weight^2 variance.

    n of the neurons with equal parts give n / width; independent normal weights about 1/3.

    Args:
        weights: (..., hidden, output).
        variance: of each neuron: (..., hidden).

    Returns:
        (..., output), NaN for an output that reads nothing.
    """
    part = weights**2 * variance[..., None]
    square = (part**2).sum(-2) * part.shape[-2]
    return np.divide(part.sum(-2) ** 2, square, np.full(square.shape, np.nan), where=square > 0)
