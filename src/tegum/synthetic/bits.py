"""Independent bits, and variables of them that a model is, or is not, trained to compute."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws

Bits = NDArray[np.bool_]

TARGETS: dict[str, Callable[[Bits], Bits]] = {
    "used_and": lambda x: x[..., 0] & x[..., 1],
    "used_and_second": lambda x: x[..., 2] & x[..., 3],
}
"""What a model is trained on, in the order of its outputs: bits (…, bit) -> (…)."""

UNUSED: dict[str, Callable[[Bits], Bits]] = {
    "unused_linear": lambda x: x[..., 4],
    "unused_and": lambda x: x[..., 5] & x[..., 6],
    "unused_xor": lambda x: x[..., 8] ^ x[..., 9],
}
"""What it has no use for: bits (…, bit) -> (…)."""
ROLES = dict.fromkeys(TARGETS, "used") | {
    "unused_linear": "unused_linear",
    "unused_and": "unused_nonlinear",
    "unused_xor": "unused_nonlinear",
}
"""Variables of the bits, and whether a classifier of the targets has a use for them."""


def bits(seed: int, step: int, samples: int, n_bits: int, probability: float) -> Bits:
    """Independent Bernoulli bits: (sample, bit)."""
    return Draws(seed).uniform((samples, n_bits), FEATURES, step) < probability


class BitStream(Stream):
    """Batches (bits (cell, sample, bit), targets (cell, sample, output)), both float32.

    Arguments: ``seeds``, the data stream of each cell; ``probability`` that a bit is 1.
    """

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        n_bits: int,
        probability: float,
        batch: int,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._seeds, self._sizes = list(seeds), (batch, n_bits, probability)
        self._device = device

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        drawn = {seed: bits(seed, step, *self._sizes) for seed in dict.fromkeys(self._seeds)}
        inputs = np.stack([drawn[seed] for seed in self._seeds])
        targets = np.stack([target(inputs) for target in TARGETS.values()], axis=-1)
        parts = (torch.from_numpy(part.astype(np.float32)) for part in (inputs, targets))
        first, second = (part.to(self._device) for part in parts)
        return first, second
