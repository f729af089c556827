"""Inputs of independent signs, the parities of some of them, and curricula that teach a parity.

The hidden subset S is the first k inputs: initial weights are drawn alike for every input, so that
no other choice differs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, NOISE, Draws

Curriculum = Literal["none", "nested", "growing", "biased", "wrong", "coins", "frozen", "shuffled"]
"""How a parity is taught.

`nested`: further outputs are rewarded for the parities of the first 1, 2, … bits of S. `growing`:
the target is the parity of 1, then 2, … bits. `biased`: the bits have a mean at first. Controls:
`wrong`: further outputs for as many parities of bits outside S; `coins`: for fair coins;
`frozen`: the first layer stays as it was drawn; `shuffled`: the targets are fair coins.
"""
CURRICULA: tuple[Curriculum, ...] = get_args(Curriculum)
Signs = NDArray[np.float32]


@dataclass(frozen=True)
class Task:
    """What one model is taught."""

    n_parity: int
    """k, the bits of S."""
    curriculum: Curriculum = "none"
    phase: int = 0
    """Steps after which a growing or biased curriculum has become the task itself."""
    bias: float = 0.5
    """Mean of each bit during the phase of a biased curriculum."""


def parities(signs: Signs) -> Signs:
    """Products of the first 1, 2, … entries: (..., bit) -> (..., bit)."""
    return np.cumprod(signs, axis=-1)


def all_inputs(n_inputs: int) -> Signs:
    """Every input of n signs, once: (2^n, n); bit i of the place is 1 where sign i is -1."""
    places = np.arange(2**n_inputs)[:, None]
    return (1 - 2 * ((places >> np.arange(n_inputs)) & 1)).astype(np.float32)


def signs(draws: Draws, step: int, samples: int, n_inputs: int, mean: float = 0.0) -> Signs:
    """Independent signs of some mean: (sample, n_inputs)."""
    drawn = draws.uniform((samples, n_inputs), FEATURES, step)
    return np.where(drawn < (1.0 + mean) / 2.0, 1.0, -1.0).astype(np.float32)


class ParityStream(Stream):
    """Batches (inputs (cell, sample, input), targets (cell, sample, output)), both of signs.

    Output 0 is the parity of S. Outputs 1, 2, … are those of a curriculum with further outputs, and
    whatever is left over has the target 0.

    Arguments: ``tasks`` and ``seeds``, one per cell; ``outputs``, at least as many as any cell's
    task has bits.
    """

    def __init__(
        self,
        *,
        tasks: Sequence[Task],
        seeds: Sequence[int],
        n_inputs: int,
        outputs: int,
        batch: int,
        device: str = "cpu",
    ) -> None:
        self.n_cells = len(seeds)
        self._tasks, self._seeds = list(tasks), [int(seed) for seed in seeds]
        self._draws = {seed: Draws(seed) for seed in self._seeds}
        self._sizes, self._outputs, self._device = (batch, n_inputs), outputs, device

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        means = [
            task.bias if task.curriculum == "biased" and step < task.phase else 0.0
            for task in self._tasks
        ]
        both = list(zip(self._seeds, means, strict=True))
        drawn = {
            (seed, mean): signs(self._draws[seed], step, *self._sizes, mean)
            for seed, mean in dict.fromkeys(both)
        }
        inputs = np.stack([drawn[one] for one in both])
        targets = np.zeros((*inputs.shape[:2], self._outputs), np.float32)
        for cell, task in enumerate(self._tasks):
            self._teach(task, cell, step, inputs[cell], targets[cell])
        return (
            torch.from_numpy(inputs).to(self._device),
            torch.from_numpy(targets).to(self._device),
        )

    def _teach(self, task: Task, cell: int, step: int, inputs: Signs, targets: Signs) -> None:
        """Fill in one cell's targets, (sample, output)."""
        k, kind = task.n_parity, task.curriculum
        inside = parities(inputs[:, :k])
        growing = kind == "growing" and step < task.phase
        targets[:, 0] = inside[:, step * k // task.phase if growing else k - 1]
        if kind == "shuffled":
            targets[:, 0] = self._coins(cell, step, 1)[:, 0]
        elif kind == "nested":
            targets[:, 1:k] = inside[:, : k - 1]
        elif kind == "wrong":
            targets[:, 1:k] = parities(inputs[:, k : 2 * k - 1])
        elif kind == "coins":
            targets[:, 1:k] = self._coins(cell, step, k - 1)

    def _coins(self, cell: int, step: int, count: int) -> Signs:
        shape = self._sizes[0], count
        drawn = self._draws[self._seeds[cell]].uniform(shape, NOISE, step)
        return np.where(drawn < 0.5, 1.0, -1.0).astype(np.float32)
