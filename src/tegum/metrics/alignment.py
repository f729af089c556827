"""Equal functions in other places of weight space: scales and orders of ReLU neurons.

A neuron of h = ReLU(W1 x + b), y = W2 h may change places with another, and its input weights and
bias may be multiplied by c > 0 where its output weights are divided by c. *Canonical* weights have
neurons with ||(W1_j, b_j)|| = 1; of two canonical models the order of the second that comes
nearest to the first is a linear assignment, since all norms are fixed. With one hidden layer it is
the whole of git re-basin (Ainsworth et al. 2023) and globally optimal.
"""

from itertools import permutations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.metrics.recovery import matching
from tegum.metrics.two_layer import Weights

Array = NDArray[np.floating]
Order = NDArray[np.intp]


def rescaled(weights: Weights, scale: ArrayLike) -> Weights:
    """Input weights and biases times a positive scale (..., hidden), output weights over it."""
    c = np.asarray(scale, weights.bias.dtype)
    encoder = weights.encoder * c[..., None]
    return Weights(encoder, weights.bias * c, weights.decoder / c[..., None, :])


def permuted(weights: Weights, order: Order) -> Weights:
    """One model whose neuron j is neuron `order[j]` of another."""
    return Weights(weights.encoder[order], weights.bias[order], weights.decoder[:, order])


def canonical(weights: Weights) -> Weights:
    """The same functions with ||(W1_j, b_j)|| = 1; a neuron of zeros stays as it is."""
    size = np.sqrt((weights.encoder**2).sum(-1) + weights.bias**2)
    return rescaled(weights, 1.0 / np.where(size > 0, size, 1.0))


def agreement(first: Weights, second: Weights) -> Array:
    """Inner products of the neurons of two models, each with all: (hidden, hidden)."""
    reads = first.encoder @ second.encoder.T + np.outer(first.bias, second.bias)
    return reads + first.decoder.T @ second.decoder


def assignment(first: Weights, second: Weights) -> Order:
    """The order of the second model's neurons of largest summed agreement with the first's."""
    rows, columns = matching(agreement(first, second))
    return columns[np.argsort(rows)]


def best_of_all(first: Weights, second: Weights) -> float:
    """The largest summed agreement over all orders, by trying every one: for a few neurons."""
    table = agreement(first, second)
    places = np.arange(len(table))
    return max(float(table[places, list(order)].sum()) for order in permutations(range(len(table))))


def aligned(first: Weights, second: Weights) -> Weights:
    """The second model, canonical and in the order that is nearest to the canonical first."""
    other = canonical(second)
    return permuted(other, assignment(canonical(first), other))


def distance(first: Weights, second: Weights) -> Array:
    """Euclidean distance of weights: (..., ) of models along leading axes."""
    each = (
        ((a - b) ** 2).sum(axis=tuple(range(first.bias.ndim - 1, a.ndim)))
        for a, b in zip(first, second, strict=True)
    )
    return np.sqrt(sum(each))
