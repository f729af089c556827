"""Which of many attacks harms each input of a toy model most."""

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

Array = NDArray[np.float32]


@compiled
def most_harmful(
    inputs: Array,
    before: Array,
    changes: Array,
    importance: Array,
    relu: bool,
    picked: NDArray[np.int64],
) -> None:
    """Fill which attack raises sum_i I_i (x_i - x'_i)^2 most; all arrays begin with the cell.

    Args:
        inputs: x, (cell, sample, feature).
        before: what goes into the output's non-linearity without attack, as inputs.
        changes: what a candidate adds to that, (cell, candidate, feature).
        importance: I, (cell, feature).
        relu: whether the output goes through max(0, .).
        picked: filled, (cell, sample): 1 + the candidate, negative where its opposite harms more;
            0 where none harms.
    """
    for cell in range(len(inputs)):
        weights = importance[cell]
        for sample in range(inputs.shape[1]):
            x, z = inputs[cell, sample], before[cell, sample]
            largest, chosen = _error(x, z, weights, relu), 0
            for candidate in range(changes.shape[1]):
                up, down = _errors(x, z, changes[cell, candidate], weights, relu)
                if up > largest:
                    largest, chosen = up, candidate + 1
                if down > largest:
                    largest, chosen = down, -candidate - 1
            picked[cell, sample] = chosen


@compiled
def _error(x: Array, z: Array, weights: Array, relu: bool):  # a number of float32
    """The error without attack."""
    total = np.float32(0.0)
    for i in range(len(x)):
        miss = (max(z[i], np.float32(0.0)) if relu else z[i]) - x[i]
        total += weights[i] * miss * miss
    return total


@compiled
def _errors(x: Array, z: Array, change: Array, weights: Array, relu: bool):  # two of float32
    """The errors when the change is added, and when it is subtracted."""
    first, second = np.float32(0.0), np.float32(0.0)
    for i in range(len(x)):
        up, down = z[i] + change[i], z[i] - change[i]
        if relu:
            up, down = max(up, np.float32(0.0)), max(down, np.float32(0.0))
        up, down = up - x[i], down - x[i]
        first += weights[i] * up * up
        second += weights[i] * down * down
    return first, second
