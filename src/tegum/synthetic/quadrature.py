"""Expectations over a few independent sparse features by Gauss-Legendre quadrature.

A feature is 0 with probability 1 - p_i and otherwise uniform on [0, 1]: its rule is the point 0 and
the nodes of Gauss-Legendre on [0, 1]. Features multiply. The rule is exact for polynomials of
degree 2 nodes - 1 in each feature; a kink, as of a ReLU, costs accuracy.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream

Array = NDArray[np.float64]


def product_rule(
    probabilities: Array, nodes: int, max_active: int | None = None
) -> tuple[Array, Array]:
    """Points (sample, feature) and weights (..., sample) for probabilities (..., feature).

    With `max_active` points with more active features are left out, and the weights still sum to
    the probability of the rest: the sparsity expansion of the loss, truncated.
    """
    probabilities = np.asarray(probabilities, float)
    n = probabilities.shape[-1]
    raw, weights = np.polynomial.legendre.leggauss(nodes)
    place = np.concatenate([[0.0], (raw + 1.0) / 2.0])
    mass = np.concatenate([[1.0], weights / 2.0])
    most = n if max_active is None else max_active
    index = np.array(
        [i for i in itertools.product(range(nodes + 1), repeat=n) if sum(k > 0 for k in i) <= most]
    )
    chance = np.where(index > 0, probabilities[..., None, :], 1.0 - probabilities[..., None, :])
    return place[index], (chance * mass[index]).prod(-1)


class QuadratureStream(Stream):
    """The same batch at every step: (points (cell, sample, feature), weights (cell, sample)).

    Arguments: ``probabilities`` (cell, feature); ``nodes`` per active feature; ``max_active``, as
    for ``product_rule``; ``device``.
    """

    def __init__(
        self,
        probabilities: Array,
        nodes: int,
        max_active: int | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        points, weights = product_rule(probabilities, nodes, max_active)
        self.n_cells = len(weights)
        whole = np.broadcast_to(points, (self.n_cells, *points.shape))
        self._batch = tuple(_tensors((whole, weights), device))

    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The rule; the step does not matter."""
        return self._batch


def _tensors(arrays: Sequence[Array], device: str | torch.device) -> list[Tensor]:
    return [torch.tensor(a, dtype=torch.float32, device=device) for a in arrays]
