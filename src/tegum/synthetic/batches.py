"""Streams: what an ensemble is trained on, as a pure function of the step."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.synthetic.draws import MINIBATCH, Draws


class Stream(ABC):
    """Batches for every cell of an ensemble.

    ``batch(step)`` must depend on nothing but the stream's own definition and the step, so that a
    resumed run and a cell in other company see the same numbers.
    """

    n_cells: int

    @abstractmethod
    def batch(self, step: int) -> tuple[Tensor, ...]:
        """The batch of a step: tensors with a leading ``cell`` axis."""

    def select(self, cell: int) -> "Stream":
        """The stream of one cell alone (``n_cells`` is 1), with the same numbers."""
        return _OneCell(self, cell)


class _OneCell(Stream):
    def __init__(self, stream: Stream, cell: int) -> None:
        self.n_cells = 1
        self._stream = stream
        self._cell = slice(cell, cell + 1)

    def batch(self, step: int) -> tuple[Tensor, ...]:
        return tuple(part[self._cell] for part in self._stream.batch(step))


class Switched(Stream):
    """Batches of one stream before a step, then those of another."""

    def __init__(self, first: Stream, then: Stream, steps: int) -> None:
        self.n_cells, self._first, self._then, self._steps = then.n_cells, first, then, steps

    def batch(self, step: int) -> tuple[Tensor, ...]:
        return (self._first if step < self._steps else self._then).batch(step)


class NoBatches(Stream):
    """The stream of an ensemble whose loss is known exactly and needs no data."""

    def __init__(self, n_cells: int) -> None:
        self.n_cells = n_cells

    def batch(self, step: int) -> tuple[Tensor, ...]:
        return ()


class FullBatch(Stream):
    """The same stored samples at every step: tensors (cell, sample, ...)."""

    def __init__(self, *parts: Tensor) -> None:
        self.n_cells, self._parts = len(parts[0]), parts

    def batch(self, step: int) -> tuple[Tensor, ...]:
        return self._parts


class TensorStream(Stream):
    """Minibatches of stored samples, drawn with replacement.

    Arguments: ``data`` (source, sample, input); ``source``, the index of each cell's data;
    ``seeds``, one per cell (cells with equal seed draw equal sample numbers); ``batch``, samples in
    a batch.
    """

    def __init__(
        self, data: Tensor, source: Sequence[int], seeds: Sequence[int], batch: int
    ) -> None:
        if data.ndim != 3:
            raise TegumError(
                f"data has shape {tuple(data.shape)}; give a tensor (source, sample, input)."
            )
        if len(source) != len(seeds):
            raise TegumError(
                f"{len(source)} sources for {len(seeds)} seeds; give one of each per cell."
            )
        self.n_cells = len(seeds)
        self._data, self._batch = data, batch
        self._source = [int(index) for index in source]
        self._seeds = [int(seed) for seed in seeds]
        self._draws = {seed: Draws(seed) for seed in self._seeds}

    def batch(self, step: int) -> tuple[Tensor, ...]:
        samples = self._data.shape[1]
        rows = {}
        for seed, draws in self._draws.items():
            uniform = torch.from_numpy(draws.uniform((self._batch,), MINIBATCH, step))
            rows[seed] = (uniform.double() * samples).long().to(self._data.device)
        picked = [
            self._data[source].index_select(0, rows[seed])
            for source, seed in zip(self._source, self._seeds, strict=True)
        ]
        return (torch.stack(picked),)

    def select(self, cell: int) -> Stream:
        return TensorStream(self._data, [self._source[cell]], [self._seeds[cell]], self._batch)
