"""Linear networks as flat parameters, fitted to a map by squared error."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def loss_and_slope(
    weights: Array, widths: list[int], best: Array, moments: Array
) -> tuple[Array, Array]:
    """Excess loss tr((P - best) moments (P - best)^T) / 2 of the product P, and its gradient.

    Args:
        weights: flat parameters, layer by layer, (..., parameter).
        widths: of the layers, from input to output.
        best: the least-squares map, (..., output, input).
        moments: second moments of the inputs, (..., input, input).
    """
    found = layers(weights, widths)
    below = [found[0]]
    for layer in found[1:]:
        below.append(layer @ below[-1])
    apart = below[-1] - best
    slope = apart @ moments
    loss = (apart * slope).sum((-2, -1)) / 2
    slopes = []
    for number in range(len(found) - 1, 0, -1):
        slopes.append(slope @ below[number - 1].swapaxes(-1, -2))
        slope = found[number].swapaxes(-1, -2) @ slope
    slopes.append(slope)
    flat = [s.reshape(*s.shape[:-2], -1) for s in reversed(slopes)]
    return loss, np.concatenate(flat, -1)


def layers(weights: Array, widths: list[int]) -> list[Array]:
    """Matrices (..., output, input) of flat parameters (..., parameter)."""
    shapes = [(fan_out, fan_in) for fan_in, fan_out in pairwise(widths)]
    parts = np.split(weights, np.cumsum([a * b for a, b in shapes])[:-1], axis=-1)
    return [w.reshape(*w.shape[:-1], *s) for w, s in zip(parts, shapes, strict=True)]


def spread(left: Array, sizes: Array, right: Array, widths: list[int]) -> Array:
    """A product of three factors as a linear network, flat.

    As much of the sizes is in each layer, and nothing in the neurons that the rank does not need,
    where the truth is most degenerate.
    """
    rank, depth = len(sizes), len(widths) - 1
    inner = np.diag(sizes ** (1 / depth))
    found = []
    for number, (fan_in, fan_out) in enumerate(pairwise(widths)):
        layer = np.zeros((fan_out, fan_in))
        if number == 0:
            layer[:rank] = inner @ right
        elif number == depth - 1:
            layer[:, :rank] = left @ inner
        else:
            layer[:rank, :rank] = inner
        found.append(layer.ravel())
    return np.concatenate(found)


def regression(
    rng: np.random.Generator, widths: list[int], rank: int, samples: int, *, at_truth: bool
) -> tuple[Array, Array, Array]:
    """A regression on a random map of a rank with singular values 1, inputs and noise normal.

    Returns:
        The least-squares map (output, input), second moments of the inputs (input, input), and flat
        parameters at the truth, or else at the maximum of the likelihood.
    """
    n_in, n_out = widths[0], widths[-1]
    left = np.linalg.qr(rng.standard_normal((n_out, n_out)))[0][:, :rank]
    right = np.linalg.qr(rng.standard_normal((n_in, n_in)))[0][:, :rank]
    truth = left @ right.T
    x = rng.standard_normal((samples, n_in))
    y = x @ truth.T + rng.standard_normal((samples, n_out))
    moments = x.T @ x / samples
    best = np.linalg.solve(moments, x.T @ y / samples).T
    if at_truth:
        return best, moments, spread(left, np.ones(rank), right.T, widths)
    return best, moments, spread(*best_factors(best, moments, min(widths)), widths)


def best_factors(best: Array, moments: Array, rank: int) -> tuple[Array, Array, Array]:
    """The map of a rank that is nearest in the metric of the inputs: left, sizes, right."""
    root = np.linalg.cholesky(moments)
    u, s, v = np.linalg.svd(best @ root, full_matrices=False)
    return u[:, :rank], s[:rank], np.linalg.solve(root.T, v[:rank].T).T
