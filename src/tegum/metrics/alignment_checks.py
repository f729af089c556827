"""Alignment against independent computation: copies of a model, and all orders of few neurons."""

import numpy as np
from numpy.typing import ArrayLike

from tegum.metrics.alignment import (
    agreement,
    aligned,
    assignment,
    best_of_all,
    canonical,
    permuted,
    rescaled,
)
from tegum.metrics.connectivity import straight_barrier
from tegum.metrics.two_layer import Weights, outputs

SCALES = 0.2, 5.0
"""Between which neurons of a copy are rescaled."""


def checks(
    model: Weights,
    other: Weights,
    inputs: ArrayLike,
    targets: ArrayLike,
    rng: np.random.Generator,
    few: int,
) -> dict[str, float]:
    """Deviations in double precision.

    Args:
        model, other: of one embedding.
        inputs, targets: (sample, input) and (sample, output).
        rng: of the copy's order and scales.
        few: neurons of the models on which every order is tried.

    Returns: `copy_error`, the largest difference of an output of a permuted, rescaled copy;
        `copy_barrier` and `copy_barrier_raw`, its relative barrier aligned and as it is;
        `assignment_error`, the agreement that the best of all orders has beyond the assignment's.
    """
    model, other = model.double(), other.double()
    x, y = np.asarray(inputs, float), np.asarray(targets, float)
    neurons = len(model.bias)
    scale = np.exp(rng.uniform(np.log(SCALES[0]), np.log(SCALES[1]), neurons))
    copy = permuted(rescaled(model, scale), rng.permutation(neurons))
    one, two = (permuted(canonical(w), np.arange(few)) for w in (model, other))
    order = assignment(one, two)
    reached = float(agreement(one, two)[np.arange(few), order].sum())
    return {
        "copy_error": float(np.abs(outputs(model, x) - outputs(copy, x)).max()),
        "copy_barrier": straight_barrier(canonical(model), aligned(model, copy), x, y),
        "copy_barrier_raw": straight_barrier(model, copy, x, y),
        "assignment_error": best_of_all(one, two) - reached,
    }
