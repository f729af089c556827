"""Bits of which few are active: a number of them exactly, or each with a probability."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws


def blocks(seed: int, samples: int, n_inputs: int, size: int) -> NDArray[np.int64]:
    """Distinct inputs in random order, (sample, size): the first ones are to be the active ones."""
    ranks = Draws(seed).uniform((samples, n_inputs), FEATURES)
    return np.argsort(ranks, axis=1, kind="stable")[:, :size]


def cycled(values: Sequence[int], samples: int) -> NDArray[np.int64]:
    """The values over and over, (sample,): equally many of each, or nearly."""
    return np.resize(np.asarray(values, dtype=np.int64), samples)


class ActiveBits(Stream):
    """Batches (bits (cell, sample, input),), float32, of independent bits.

    Args:
        seeds: the data stream of each cell; cells of equal seed share their batches.
        n_inputs: bits of a sample.
        n_active: expected number of active bits.
        batch: samples in a batch.
        device: where batches are made.
    """

    def __init__(
        self,
        *,
        seeds: Sequence[int],
        n_inputs: int,
        n_active: float,
        batch: int,
        device: str = "cpu",
    ) -> None:
        self.n_cells, self._seeds = len(seeds), list(seeds)
        self._shape, self._probability, self._device = (
            (batch, n_inputs),
            n_active / n_inputs,
            device,
        )

    def batch(self, step: int) -> tuple[Tensor, ...]:
        drawn = {s: self._drawn(s, step) for s in dict.fromkeys(self._seeds)}
        return (torch.stack([drawn[s] for s in self._seeds]).to(self._device),)

    def _drawn(self, seed: int, step: int) -> Tensor:
        active = Draws(seed).uniform(self._shape, FEATURES, step) < self._probability
        return torch.from_numpy(active.astype(np.float32))


class GateStream(Stream):
    """Batches (bits (cell, sample, input), targets (cell, sample, pair)) of `ActiveBits`.

    Args:
        gates: ``and`` or ``xor`` of each cell, of all pairs of inputs in lexicographic order.
        others: those of `ActiveBits`.
    """

    def __init__(self, gates: Sequence[str], seeds: Sequence[int], **others: Any) -> None:
        self.n_cells = len(seeds)
        kinds = list(zip(seeds, gates, strict=True))
        self._kinds = list(dict.fromkeys(kinds))
        self._place = torch.tensor([self._kinds.index(kind) for kind in kinds])
        self._bits = ActiveBits(seeds=[seed for seed, _ in self._kinds], **others)

    def batch(self, step: int) -> tuple[Tensor, ...]:
        (bits,) = self._bits.batch(step)
        place = self._place.to(bits.device)
        gates = [gate for _, gate in self._kinds]
        targets = [pair_gates(one, gate) for one, gate in zip(bits, gates, strict=True)]
        return bits[place], torch.stack(targets)[place]


def pair_gates(bits: Tensor, gate: str) -> Tensor:
    """What a gate says of all pairs: (sample, input) -> (sample, pair), float32."""
    first, second = torch.triu_indices(bits.shape[1], bits.shape[1], 1).to(bits.device)
    columns = bits.T.contiguous()
    both = columns[first] * columns[second]
    found = both if gate == "and" else columns[first] + columns[second] - 2 * both
    return found.T.contiguous()
