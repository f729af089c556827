"""How far estimates of gates are from what the gates say, case by case."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tegum.metrics.auroc import auroc
from tegum.models.random_layers import GateWeights, Weights

Array = NDArray[np.float64]
QUANTILES = (0.01, 0.1, 0.5, 0.9, 0.99)
EDGES = np.linspace(-1.5, 2.5, 41)
"""Of the histogram of estimates; what lies beyond counts to the last bin."""
CENTRES = (EDGES[1:] + EDGES[:-1]) / 2
THRESHOLD = 0.5
Words = Mapping[str, tuple[tuple[str, ...], str]]
"""Name of an array to its dims and long name."""
ERRORS: Words = {
    "error_rms": (("case",), "root mean square error"),
    "error_mean": (("case",), "mean error"),
    "class_rms": (("output",), "root mean square error"),
    "error_quantile": (("output", "quantile"), "quantile of the error"),
    "histogram": (("output", "estimate"), "density of the estimates"),
    "mean_one": ((), "mean estimate where the gate is on"),
    "error_largest": ((), "largest error"),
    "threshold_error": ((), "share beyond 1/2 on the wrong side, mean of both outputs"),
    "auroc": ((), "AUROC of the estimates"),
    "count": ((), "estimates that were judged"),
}
"""What `gate_errors` says."""
DENSITY: Words = {"participation": ((), "share of neurons that carry an output")}
"""What `network_errors` says beside that."""
LAWS: Words = {
    "law_rms": (("case",), "root mean square error, closed form"),
    "law_mean": (("case",), "mean error, closed form"),
    "law_deviation": (("case",), "deviation of the error over layers, closed form"),
}
"""The same in closed form, as `tegum.metrics.constructed_gates.gate_law` says it."""


def gate_errors(estimate: Array, case: NDArray[np.int64], target: Array) -> dict[str, Array]:
    """Errors of estimates of one gate.

    Args:
        estimate: of the gate: (entry,).
        case: which of the four cases each is: (entry,).
        target: what the gate says in each case: (4,).

    Returns:
        Those of `ERRORS`: by case, NaN without an entry, and by output, those whose target is 0 and
        those whose target is 1. The histogram is over `EDGES`.
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


def network_errors(weights: GateWeights, bits: Weights, target: Array) -> dict[str, Array]:
    """Errors of a network on bits (sample, input), and how densely its outputs read the layer.

    Returns:
        Those of `gate_errors`; ``participation``, the mean over outputs that read anything.
    """
    hidden = np.maximum(bits @ weights.encoder + weights.bias, 0)
    first, second = np.triu_indices(bits.shape[1], 1)
    case = (2 * bits[:, first] + bits[:, second]).astype(np.int64)
    estimate = (hidden @ weights.decoder + weights.offset).astype(np.float64)
    carried = participation(weights.decoder.astype(float), hidden.var(0).astype(float))
    found = gate_errors(estimate.ravel(), case.ravel(), target)
    return found | {"participation": np.asarray(np.nanmean(carried), float)}


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
