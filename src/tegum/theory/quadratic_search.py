"""The input direction whose marginal return is largest (Scherlis et al., comments)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.theory.quadratic import direction_return

Array = NDArray[np.float64]


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

    def unit(q: Array) -> Array:
        return q / np.linalg.norm(q, axis=-1, keepdims=True)

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
