"""Loss and gradients of tied autoencoders (``models.tied``) on sparse batches.

Samples without an active feature are all alike, and count as one with its multiplicity, which
changes nothing but the order of sums. Letters: W (feature, dimension) the embeddings, h the hidden
vector of a sample.
"""

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

Array = NDArray[np.float32]
Places = NDArray[np.int32]
LANES = 8
"""Numbers in a vector of the processor; arrays over features are padded to a multiple."""
FEW = 4
"""Outputs go backward one by one where fewer than one in this many has a gradient."""


@compiled
def gradients(
    weight: Array,
    bias: Array,
    importance: Array,
    l1_hidden: Array,
    relu: bool,
    starts: Places,
    features: Places,
    values: Array,
    losses: Array,
    to_weight: Array,
    to_bias: Array,
) -> None:
    """Fill the losses of several models and their gradients; all arrays begin with the cell.

    Args:
        weight: W, (cell, feature, dimension).
        bias: b, (cell, feature).
        importance: I, (cell, feature).
        l1_hidden: weight of the penalty, (cell,).
        relu: whether the output is max(0, W h + b).
        starts: (cell, sample + 1), as `draws.sparse_batch` fills it.
        features: (cell, entry); what lies behind the last entry of a cell is not read.
        values: (cell, entry).
        losses: filled, (cell,).
        to_weight: filled, as weight.
        to_bias: filled, as bias.
    """
    for cell in range(len(weight)):
        losses[cell] = one(
            weight[cell], bias[cell], importance[cell], l1_hidden[cell], relu,
            starts[cell], features[cell], values[cell], to_weight[cell], to_bias[cell],
        )  # fmt: skip


@compiled
def one(
    weight: Array,
    bias: Array,
    importance: Array,
    l1_hidden: np.float32,
    relu: bool,
    starts: Places,
    features: Places,
    values: Array,
    to_weight: Array,
    to_bias: Array,
):  # the loss, a number of float32
    """Fill the gradients of one model; returns its loss.

    The loss is sum_i I_i (x_i - x'_i)^2, plus the penalty on sum_d |h_d|, mean over samples.
    Outputs that the ReLU silences have no gradient: where they are most of them, the others go
    backward one by one, else all together, as vectors over features.
    """
    n_features, n_dimensions = weight.shape
    batch = len(starts) - 1
    width = n_features + -n_features % LANES
    transposed = np.zeros((n_dimensions, width), dtype=np.float32)
    transposed[:, :n_features] = weight.T
    constant, slope = np.zeros(width, dtype=np.float32), np.zeros(width, dtype=np.float32)
    constant[:n_features] = bias
    slope[:n_features] = importance * np.float32(2.0 / batch)
    penalty = np.float32(l1_hidden / batch)
    hidden = np.empty(n_dimensions, dtype=np.float32)
    to_hidden = np.empty(n_dimensions, dtype=np.float32)
    error, to_constant = np.empty(width, dtype=np.float32), np.empty(width, dtype=np.float32)
    to_decoder = np.zeros((n_dimensions, width), dtype=np.float32)
    wrong = np.empty(width, dtype=np.int64)
    to_weight[:] = 0.0
    loss = 0.0

    empty = np.float32(0.0)
    for sample in range(batch):
        empty += starts[sample] == starts[sample + 1]
    for i in range(width):
        output = max(constant[i], np.float32(0.0)) if relu else constant[i]
        to_constant[i] = empty * slope[i] * output
        loss += 0.5 * to_constant[i] * output

    for sample in range(batch):
        if starts[sample] == starts[sample + 1]:
            continue
        active = range(starts[sample], starts[sample + 1])
        hidden[:] = 0.0
        for place in active:
            i, value = features[place], values[place]
            for d in range(n_dimensions):
                hidden[d] += value * weight[i, d]
        error[:] = constant
        for d in range(n_dimensions):
            share = hidden[d]
            for i in range(width):
                error[i] += share * transposed[d, i]
        if relu:
            for i in range(width):
                error[i] = max(error[i], np.float32(0.0))
        missed = np.float32(0.0)
        for place in active:
            i, value = features[place], values[place]
            if relu and error[i] == 0.0:
                missed += slope[i] * value * value
            else:
                error[i] -= value
        for i in range(width):
            to_output = slope[i] * error[i]
            missed += to_output * error[i]
            to_constant[i] += to_output
            error[i] = to_output
        loss += 0.5 * missed

        count = 0
        for i in range(n_features):
            wrong[count] = i
            count += error[i] != 0.0
        if count * FEW < n_features:
            to_hidden[:] = 0.0
            for place in range(count):
                i, to_output = wrong[place], error[wrong[place]]
                for d in range(n_dimensions):
                    to_weight[i, d] += to_output * hidden[d]
                    to_hidden[d] += to_output * weight[i, d]
        else:
            for d in range(n_dimensions):
                share, total = hidden[d], np.float32(0.0)
                for i in range(width):
                    total += error[i] * transposed[d, i]
                    to_decoder[d, i] += share * error[i]
                to_hidden[d] = total
        if l1_hidden:
            for d in range(n_dimensions):
                to_hidden[d] += penalty * np.sign(hidden[d])
                loss += penalty * abs(hidden[d])
        for place in active:
            i, value = features[place], values[place]
            for d in range(n_dimensions):
                to_weight[i, d] += value * to_hidden[d]
    to_weight += to_decoder[:, :n_features].T
    to_bias[:] = to_constant[:n_features]
    return loss
