"""Engines: what computes the gradients of one step.

``TorchEngine`` uses autograd. A compiled engine would implement the same two methods.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream

LARGE_ENTRIES = 1 << 18
"""Entries of a cell's largest batch tensor (samples times dimensions) from which on, on a CPU,
cells are handled one after another: stacking them gains nothing there (measured ratio 0.95 to 1.03
from here on, 0.5 to 0.9 below), and padding then costs nothing."""

BLOCK = 8
"""Least number of cells in one batched operation on a CPU; ensembles are padded to a multiple."""

BLOCK_ENTRIES = 1 << 17
"""Entries of a block's largest batch tensor up to which more cells are put into it: for small
models the cost of a step is that of calling torch (12 times less for 1,016 cells of 98 entries)."""


class Engine(ABC):
    """Fills the gradients of an ensemble for the batch of a step."""

    @abstractmethod
    def prepare(self, ensemble: Ensemble, stream: Stream, keep: int) -> None:
        """Called once before the first step, when the weights are on their device.

        Cells from ``keep`` on are padding: they may be left untrained.
        """

    @abstractmethod
    def gradients(self, step: int) -> Tensor:
        """Set every parameter's ``grad`` for the batch of ``step``; the losses, (cell,)."""


class TorchEngine(Engine):
    """Autograd on the sum of the cells' losses.

    On a GPU, and where nothing is sampled, all cells go at once; on a CPU in blocks which stay in
    the caches, of 8 cells or, where a cell's batch is small, of more, or one after another where it
    is large. The choice depends on the device and the shapes and never on the number of cells, and
    no block has fewer than 8, so that the company cannot change a cell's bits.
    """

    def __init__(self, large_entries: int = LARGE_ENTRIES) -> None:
        self._large_entries = large_entries

    def prepare(self, ensemble: Ensemble, stream: Stream, keep: int) -> None:
        self._ensemble, self._stream = ensemble, stream
        self._blocks: list[tuple[slice, Ensemble, Stream | None]] = []
        first = stream.select(0).batch(0)
        if not first or first[0].device.type != "cpu":
            return
        for parameter in ensemble.parameters():
            parameter.grad = torch.zeros_like(parameter)
        entries = max(part.numel() for part in first)
        alone = entries >= self._large_entries
        size = 1 if alone else BLOCK * max(1, BLOCK_ENTRIES // (BLOCK * entries))
        for start in range(0, keep, size):
            cells = slice(start, start + size)
            block = _sharing_gradients(ensemble, cells)
            self._blocks.append((cells, block, stream.select(start) if alone else None))

    def gradients(self, step: int) -> Tensor:
        if self._blocks:
            return self._block_by_block(step)
        for parameter in self._ensemble.parameters():
            parameter.grad = None
        self._ensemble.begin(step)
        loss = self._ensemble.loss(self._stream.batch(step))
        loss.sum().backward()
        return loss.detach()

    def _block_by_block(self, step: int) -> Tensor:
        losses = torch.zeros(self._ensemble.n_cells)
        for parameter in self._ensemble.parameters():
            if parameter.grad is not None:
                parameter.grad.zero_()
        whole = None
        for cells, block, stream in self._blocks:
            if stream is not None:
                batch = stream.batch(step)
            else:
                whole = self._stream.batch(step) if whole is None else whole
                batch = tuple(part[cells] for part in whole)
            block.begin(step)
            loss = block.loss(batch)
            loss.sum().backward()
            losses[cells] = loss.detach()
        return losses


def _sharing_gradients(ensemble: Ensemble, cells: slice) -> Ensemble:
    """Some cells, whose backward pass adds into the whole ensemble's gradients."""
    block = ensemble.select(cells)
    for mine, whole in zip(block.parameters(), ensemble.parameters(), strict=True):
        assert whole.grad is not None
        mine.grad = whole.grad[cells]
    return block
