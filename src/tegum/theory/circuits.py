"""Errors of many small circuits that share one wide network, to leading order.

T circuits, each of four ReLU neurons that hold the positive and negative parts of a point in the
plane; each of those neurons stands on S of the D neurons of the network, and is read as their mean.
n circuits are active. V is the mean squared length of an active point. Variances are per coordinate
of a point. Derived here. That errors of the first construction blow up with depth, and that as many
circuits fit as there are parameters, is stated by Linsefors and Bushnaq (2025).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NEURONS = 4
"""Neurons of a small circuit: x+, x-, y+, y-."""
ANGLES = 720
"""Points of the integral over the angles of two circuits that share a neuron."""
RECTIFIED = 1.0 - 1.0 / np.pi
"""Variance of ReLU(u) - ReLU(w) of independent standard normal u and w."""


def meeting(n_circuits: int, width: int, redundancy: int) -> float:
    """Chance that two circuits are not kept apart, where embeddings are cut from permutations.

    As many as fit beside each other, D / 4 S, share no neuron.
    """
    beside = width // (NEURONS * redundancy)
    return max(n_circuits - beside, 0) / max(n_circuits - 1, 1)


@cache
def shared_neuron() -> float:
    """Error of a coordinate whose neurons hold another active circuit too, over V = 1.

    E of max(b, -|a|)^2 + max(b - |a|, 0)^2 for coordinates a, b of two random points.
    """
    a = np.abs(np.cos(2.0 * np.pi * (np.arange(ANGLES) + 0.5) / ANGLES))[:, None]
    b = np.cos(2.0 * np.pi * (np.arange(ANGLES) + 0.25) / ANGLES)
    return float((np.maximum(b, -a) ** 2 + np.maximum(b - a, 0.0) ** 2).mean())


def errors(
    *,
    gated: bool,
    n_circuits: int,
    n_active: Floats,
    power: Floats,
    width: int,
    meet: float = 1.0,
    fan_in: int = 1,
) -> tuple[Floats, Floats]:
    """Variances after 0, 1, ... layers: of active circuits' error, of inactive ones' leak.

    An inactive circuit leaks what it reads of the active ones that share its neurons, 2 n V / D.
    Each neuron hosts 4 T S / D small neurons, which write what their `fan_in` parents leak; a
    circuit reads the mean over S of them. Where circuits are gated this goes no further. Else what
    leaked into a circuit stays in it, and is written over all those that share its neurons.

    Args:
        n_active: mean number of active circuits of each layer, from the inputs on.
        power: V of each of these layers.
        meet: chance that two circuits are not kept apart.
    """
    others = np.maximum(n_active - 1.0, 0.0)
    fresh = meet * 2.0 * n_active * power / width
    collisions = meet * NEURONS * others * power / width * shared_neuron()
    error, leaked = [meet * 2.0 * others[0] * power[0] / width], [fresh[0]]
    for layer in range(1, len(n_active)):
        noise = meet * NEURONS * n_circuits * fan_in * leaked[-1] / width
        own = (fan_in - 1) * leaked[-1]
        error.append(error[-1] + own + noise + collisions[layer])
        passed = 0.0 if gated else fan_in * leaked[-1] + RECTIFIED * noise
        leaked.append(fresh[layer] + passed)
    return np.array(error), np.array(leaked)


@cache
def capacity(tolerance: float, *, n_active: int, width: int, depth: int, redundancy: int) -> float:
    """Gated circuits that fit: after `depth` layers their error is `tolerance` times their rms.

    By halving an interval of numbers of circuits; NaN where none is found in it.
    """
    each, target = np.full(depth + 1, float(n_active)), tolerance**2 / 2.0

    def error(n_circuits: int) -> float:
        meet = meeting(n_circuits, width, redundancy)
        sizes = {"n_circuits": n_circuits, "width": width, "meet": meet}
        return errors(gated=True, n_active=each, power=np.ones(depth + 1), **sizes)[0][-1]

    low, high = 1, width**2
    if not error(low) < target < error(high):
        return np.nan
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if error(middle) < target else (low, middle)
    return float(high)
