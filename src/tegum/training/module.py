"""The Lightning module: one ``training_step`` runs many optimiser steps.

Import it only where training happens: Lightning takes seconds to import.
"""

import time
from typing import Any

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader, IterableDataset

from tegum.training.loop import Loop

CHUNK_SECONDS = 0.1
"""What one ``training_step`` should last; Lightning's own cost is about half a millisecond."""


class _Chunks(IterableDataset):
    """An endless supply of calls; the data are made inside the step."""

    def __iter__(self):
        while True:
            yield 0


class EnsembleModule(pl.LightningModule):
    """Manual optimisation of a whole ensemble.

    Every inner step goes through Lightning's optimiser wrapper, so that ``global_step`` counts
    optimiser steps. How many make up a call follows the clock and changes no number.
    """

    def __init__(self, loop: Loop, signature: str, chunk_seconds: float = CHUNK_SECONDS) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.ensemble = loop.ensemble
        self.loop, self.signature, self.chunk_seconds = loop, signature, chunk_seconds
        self.chunk, self.calls = 1, 0

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return self.loop.optimiser

    def train_dataloader(self) -> DataLoader:
        return DataLoader(_Chunks(), batch_size=None)

    def on_train_start(self) -> None:
        self.loop.start()

    def training_step(self, batch: Any, batch_idx: int) -> None:
        optimiser = self.optimizers()
        assert not isinstance(optimiser, list)
        before, first = time.perf_counter(), self.loop.step
        loss = self.loop.advance(first + self.chunk, optimiser.step)
        seconds = max(time.perf_counter() - before, 1e-6)
        done = max(self.loop.step - first, 1)
        self.chunk = max(1, min(4 * self.chunk, round(done * self.chunk_seconds / seconds)))
        self.calls += 1
        self.log("loss", loss[: self.loop.keep].mean(), prog_bar=True, logger=False)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["tegum"] = {
            "signature": self.signature,
            "step": self.loop.step,
            "records": self.loop.records,
            "halfway": self.loop.halfway,
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.loop.step = checkpoint["tegum"]["step"]
        self.loop.records = checkpoint["tegum"]["records"]
        self.loop.halfway = checkpoint["tegum"]["halfway"]
