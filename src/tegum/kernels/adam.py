"""One step of Adam over an ensemble, all of it in one pass over memory."""

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

Array = NDArray[np.float32]


@compiled
def step(
    parameter: Array,
    gradient: Array,
    first: Array,
    second: Array,
    rate: Array,
    fresh: Array,
    epsilon: np.float32,
) -> None:
    """Update the moments and the parameter of each cell, all (cell, number).

    Args:
        rate: what the ratio of the moments is multiplied by, with their correction, (cell,).
        fresh: share of the new gradient in the first and in the second moment, (2,).
        epsilon: added to the root of the second moment.
    """
    share, square = fresh[0], fresh[1]
    for cell in range(len(parameter)):
        size = rate[cell]
        p, g, m, v = parameter[cell], gradient[cell], first[cell], second[cell]
        for i in range(len(p)):
            m[i] += share * (g[i] - m[i])
            v[i] += square * (g[i] * g[i] - v[i])
            p[i] -= size * (m[i] / (np.sqrt(v[i]) + epsilon))
