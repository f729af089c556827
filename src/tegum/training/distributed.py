"""One ensemble on several processes, for a model that is larger than a cell should be.

Cells need no such thing: each is trained where its bucket is. A language model whose batch does not
fit one GPU is trained by Lightning's DDP: each process has the weights and an equal share of every
batch's samples, and gradients are averaged. Start as many processes with
`torchrun --nproc-per-node N SCRIPT`, or as many tasks of SLURM; each calls `fit` alike.
"""

from collections.abc import Sequence

import torch
import torch.distributed
from torch import Tensor

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream
from tegum.training.convergence import Evaluation
from tegum.training.engine import Engine
from tegum.training.loop import Loop, Result, prepare_process
from tegum.training.module import EnsembleModule
from tegum.training.plan import Plan
from tegum.training.recorders import Recorder

CALL = 10
"""Optimiser steps of one `training_step`: the same in all processes, so that they keep step."""


class SharedBatches(Engine):
    """Autograd on this process's share of the samples; gradients and losses are the means of all.

    So the loss of a cell must be a mean over samples, the axis after `cell` of every tensor of a
    batch. `module` is the Lightning module that trains, once there is one.
    """

    module: EnsembleModule | None = None

    def prepare(self, ensemble: Ensemble, stream: Stream, keep: int) -> None:
        self._ensemble, self._stream = ensemble, stream

    def gradients(self, step: int) -> Tensor:
        assert self.module is not None
        for parameter in self._ensemble.parameters():
            parameter.grad = None
        self._ensemble.begin(step)
        loss = self._ensemble.loss(self._share(self._stream.batch(step)))
        if self._ensemble is self.module.ensemble:
            self.module.manual_backward(loss.sum())
        else:  # a copy that is looked at for convergence: DDP knows nothing of it
            loss.sum().backward()
            for parameter in self._ensemble.parameters():
                if parameter.grad is not None:
                    _average(parameter.grad)
        loss = loss.detach().clone()
        _average(loss)
        return loss

    def _share(self, batch: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        processes, mine = torch.distributed.get_world_size(), torch.distributed.get_rank()
        uneven = [part.shape[1] for part in batch if part.shape[1] % processes]
        if uneven:
            raise TegumError(
                f"a batch of {uneven[0]} samples on {processes} processes: give a multiple, so "
                "that the mean of their means is that of all samples."
            )
        return tuple(part.chunk(processes, dim=1)[mine] for part in batch)


class _Together(EnsembleModule):
    """The module of all ensembles, with a number of steps per call that no clock decides."""

    def training_step(self, batch: object, batch_idx: int) -> None:
        optimiser = self.optimizers()
        assert not isinstance(optimiser, list)
        self.loop.advance(self.loop.step + CALL, optimiser.step)


def fit(
    ensemble: Ensemble,
    stream: Stream,
    plan: Plan,
    recorder: Recorder | None = None,
    *,
    processes: int,
    device: str = "cpu",
    keep: int | None = None,
    names: Sequence[str] | None = None,
    evaluation: Evaluation | None = None,
) -> Result:
    """Train an ensemble, in place, on several processes of one machine; all return the same.

    The bits are not those of one process, since sums are taken in another order.

    Args:
        ensemble, stream: of equally many cells, the same in all processes; a cell's loss is a mean
            over samples.
        processes: how many there are; each has called this function.
        device: `cpu` (gloo) or `cuda` (NCCL, one GPU for each process).
        recorder, keep, names, evaluation: as those of `harness.fit`. There are no checkpoints: a
            run that is killed begins anew.

    Raises:
        TegumError: when a batch cannot be shared evenly, or a loss is not finite.
    """
    import pytorch_lightning as pl
    from pytorch_lightning.strategies import DDPStrategy

    prepare_process()
    engine = SharedBatches()
    options = {"keep": keep, "names": names, "evaluation": evaluation}
    loop = Loop(ensemble, stream, plan, recorder, engine=engine, **options)
    engine.module = module = _Together(loop, "")
    trainer = pl.Trainer(
        max_steps=plan.steps,
        accelerator="gpu" if device == "cuda" else "cpu",
        devices=processes,
        strategy=DDPStrategy(process_group_backend="nccl" if device == "cuda" else "gloo"),
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
        limit_val_batches=0,
        use_distributed_sampler=False,
    )
    trainer.fit(module)
    if loop.step != plan.steps:
        raise TegumError(f"training stopped at step {loop.step} of {plan.steps}.")
    return loop.result()


def _average(value: Tensor) -> None:
    """Replace a tensor by its mean over all processes."""
    torch.distributed.all_reduce(value)
    value /= torch.distributed.get_world_size()
