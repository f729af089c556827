"""Training on losses that are known exactly: no samples, and all cells in one operation."""

import torch
from torch import Tensor

from tegum.models.ensemble import Ensemble
from tegum.synthetic.stream import Stream
from tegum.training.engine import Engine
from tegum.training.recorders import Recorder


class NoBatches(Stream):
    """The stream of an ensemble whose loss needs no data: its batches are empty."""

    def __init__(self, n_cells: int) -> None:
        self.n_cells = n_cells

    def batch(self, step: int) -> tuple[Tensor, ...]:
        return ()


class ExactEngine(Engine):
    """Autograd on the sum of the cells' losses, all cells at once on any device.

    For models of a few weights: blocks of eight would spend their time between operations.
    """

    def prepare(self, ensemble: Ensemble, stream: Stream, keep: int) -> None:
        self._ensemble, self._stream = ensemble, stream

    def gradients(self, step: int) -> Tensor:
        for parameter in self._ensemble.parameters():
            parameter.grad = None
        self._ensemble.begin(step)
        loss = self._ensemble.loss(self._stream.batch(step))
        loss.sum().backward()
        return loss.detach()


class WeightsRecorder(Recorder):
    """Records every parameter under its own name."""

    @torch.no_grad()
    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        return {name: p.detach().clone() for name, p in ensemble.named_parameters()}
