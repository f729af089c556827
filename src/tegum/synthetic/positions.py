"""Batches with a place on a path beside them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import MINIBATCH, Draws


class WithPosition(Stream):
    """Another stream's batches and, as their last part, t of each cell, uniform on [0, 1).

    Arguments: ``stream``; ``seeds`` of the positions, one per cell.
    """

    def __init__(self, stream: Stream, seeds: Sequence[int]) -> None:
        self.n_cells, self._stream = stream.n_cells, stream
        self._draws = [Draws(seed) for seed in seeds]

    def batch(self, step: int) -> tuple[Tensor, ...]:
        parts = self._stream.batch(step)
        drawn = [torch.from_numpy(d.uniform((1,), MINIBATCH, step)) for d in self._draws]
        return (*parts, torch.stack(drawn).to(parts[0].device))
