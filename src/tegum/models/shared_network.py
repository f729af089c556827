"""One wide ReLU network that many small circuits share, by sparse random embeddings.

h -> ReLU(sum over circuits of E_t W_t U_t h + gate): U_t reads each neuron of a circuit as the mean
over the neurons on which it stands, W_t is the circuit, E_t writes its result to other neurons. The
matrix is kept as its three factors.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]
PARTS = 4
"""Neurons of a circuit: the positive and negative parts of two coordinates."""


def parts(points: Floats) -> Floats:
    """Signed coordinates (circuit, 2, sample) as x, -x, y, -y: (circuit, 4, sample)."""
    return np.stack([points, -points], axis=2).reshape(len(points), PARTS, -1)


def embedding(n_circuits: int, width: int, redundancy: int, rng: np.random.Generator) -> csr_array:
    """On which neurons each small neuron stands: (neuron, small neuron), of zeros and ones.

    Circuits are laid side by side on a permutation of the neurons, as many as fit, then on another:
    those of one permutation share no neuron, and all neurons host the same number or one less.
    """
    each = PARTS * redundancy
    beside = width // each
    laid = [rng.permutation(width)[: beside * each] for _ in range(-(-n_circuits // beside))]
    chosen = np.concatenate(laid)[: n_circuits * each]
    columns = np.repeat(np.arange(PARTS * n_circuits), redundancy)
    shape = (width, PARTS * n_circuits)
    return csr_array((np.ones(chosen.size), (chosen, columns)), shape=shape)


class SharedNetwork:
    """The network of a set of circuits.

    Arguments: ``turned(layer, points)``, what all circuits of a layer make of all points;
    ``redundancy``, on how many neurons each small neuron stands; ``gated``, whether neurons on
    which no active circuit stands are held at zero, by a signal from outside that says which are.
    """

    def __init__(
        self,
        turned: Callable[[int, Floats], Floats],
        *,
        n_circuits: int,
        depth: int,
        width: int,
        redundancy: int,
        gated: bool,
        seed: int,
    ) -> None:
        rng = np.random.default_rng(seed)
        self._turned, self._gated, self._redundancy = turned, gated, redundancy
        self._embeddings = [embedding(n_circuits, width, redundancy, rng) for _ in range(depth + 1)]

    def read(self, layer: int, hidden: Floats) -> Floats:
        """The point of each circuit, active or not: (neuron, sample) -> (circuit, 2, sample)."""
        small = self._embeddings[layer].T @ hidden / self._redundancy
        both = small.reshape(-1, 2, 2, hidden.shape[1])
        return both[:, :, 0] - both[:, :, 1]

    def run(self, start: Floats, active: NDArray[np.bool_]) -> list[Floats]:
        """Points read after each layer, from those at the start.

        Args:
            start: (circuit, 2, sample), 0 where inactive.
            active: (layer + 1, circuit, sample).
        """
        samples = start.shape[-1]
        small = np.maximum(parts(start), 0.0)
        hidden = self._embeddings[0] @ small.reshape(-1, samples)
        found = [self.read(0, hidden)]
        for layer in range(len(self._embeddings) - 1):
            small = parts(self._turned(layer, found[-1])).reshape(-1, samples)
            hidden = np.maximum(self._embeddings[layer + 1] @ small, 0.0)
            if self._gated:
                used = np.repeat(active[layer + 1].astype(float), PARTS, axis=0)
                hidden *= (self._embeddings[layer + 1] @ used) > 0.0
            found.append(self.read(layer + 1, hidden))
        return found
