"""One Lightning ``Trainer.fit`` per ensemble, resumable bit by bit after a kill."""

import hashlib
import logging
import os
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import Stream
from tegum.training.convergence import Evaluation
from tegum.training.engine import Engine
from tegum.training.loop import Loop, Result, prepare_process
from tegum.training.plan import Plan
from tegum.training.recorders import Recorder

if TYPE_CHECKING:
    import pytorch_lightning as pl

SAVE_EVERY = 20.0


def fit(
    ensemble: Ensemble,
    stream: Stream,
    plan: Plan,
    recorder: Recorder | None = None,
    *,
    keep: int | None = None,
    scratch: str | Path | None = None,
    progress: bool = False,
    device: str = "cpu",
    engine: Engine | None = None,
    names: Sequence[str] | None = None,
    save_every: float = SAVE_EVERY,
    evaluation: Evaluation | None = None,
) -> Result:
    """Train an ensemble, in place.

    Arguments
    ---------
    ensemble, stream: of equally many cells, a multiple of 8 (``plan.padded``).
    recorder: called after the update of each of the plan's checkpoint steps.
    keep: how many of the first cells are not padding; all by default.
    scratch: a folder for Lightning checkpoints, used by one ensemble at a time. A checkpoint found
        there is resumed if it belongs to this very run, and ignored otherwise; it is removed when
        the run is done. No checkpoints if None.
    device: "cpu" or "cuda"; the stream must make its batches there.
    names: what error messages call the cells.
    save_every: seconds between checkpoints.
    evaluation: what a plan with ``convergence`` looks at; by default the loss on fresh batches.

    Raises ``TegumError`` when a loss is not finite at a checkpoint, unless ``plan.allow_collapse``.
    """
    prepare_process()
    ensemble.to(device)
    loop = Loop(
        ensemble,
        stream,
        plan,
        recorder,
        keep=keep,
        engine=engine,
        names=names,
        evaluation=evaluation,
    )
    signature = _signature(loop)
    checkpoint = None if scratch is None else Path(scratch) / "last.ckpt"
    resume = checkpoint is not None and _belongs(checkpoint, signature)
    _run(loop, signature, checkpoint, resume, progress, device, save_every)
    if checkpoint is not None:
        checkpoint.unlink(missing_ok=True)
    return loop.result()


def _run(
    loop: Loop,
    signature: str,
    checkpoint: Path | None,
    resume: bool,
    progress: bool,
    device: str,
    save_every: float,
) -> "pl.Trainer":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pytorch_lightning as pl

        from tegum.training.module import EnsembleModule

        _quiet()
        trainer = pl.Trainer(
            max_steps=loop.plan.steps,
            accelerator="gpu" if device.startswith("cuda") else "cpu",
            devices=1,
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=progress,
            num_sanity_val_steps=0,
            limit_val_batches=0,
            use_distributed_sampler=False,
            callbacks=[] if checkpoint is None else [_saver(checkpoint, save_every)],
        )
        module = EnsembleModule(loop, signature)
        trainer.fit(module, ckpt_path=str(checkpoint) if resume else None, weights_only=True)
    if loop.step != loop.plan.steps or trainer.global_step != loop.plan.steps:
        raise TegumError(
            f"training stopped at step {loop.step} of {loop.plan.steps}; run it again to resume."
        )
    return trainer


def _saver(checkpoint: Path, save_every: float) -> "pl.Callback":
    """A callback that replaces one checkpoint file now and then, never leaving half of one."""
    import pytorch_lightning as pl

    class Saver(pl.Callback):
        saved = time.monotonic()

        def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx) -> None:
            if time.monotonic() - self.saved >= save_every:
                partial = checkpoint.with_suffix(".partial")
                trainer.save_checkpoint(partial)
                os.replace(partial, checkpoint)
                self.saved = time.monotonic()

    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    return Saver()


def _signature(loop: Loop) -> str:
    """A digest of what determines a run: weights, first batch, optimiser and plan."""
    digest = hashlib.sha256()
    tensors = [*loop.ensemble.state_dict().values(), *loop.stream.batch(0)]
    for group in loop.optimiser.param_groups:
        tensors.append(group["lr"])
        digest.update(repr((group["betas"], group["eps"])).encode())
    for tensor in tensors:
        digest.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    plan = loop.plan
    decay = torch.as_tensor(plan.bias_decay).tolist()
    schedule, clip = plan.schedule, plan.gradient_clip
    options = (plan.optimiser, plan.weight_decay, schedule, clip)
    run = (plan.steps, options, plan.checkpoints, decay, loop.keep, plan.convergence)
    digest.update(repr(run).encode())
    return digest.hexdigest()


def _belongs(checkpoint: Path, signature: str) -> bool:
    """Whether the file is a readable checkpoint of the run with this signature."""
    if not checkpoint.is_file():
        return False
    try:
        found = torch.load(checkpoint, map_location="cpu", weights_only=True)
        return found["tegum"]["signature"] == signature
    except Exception:  # a damaged file is no reason to stop: the run starts afresh
        return False


def _quiet() -> None:
    """Lightning's notes on devices and its advertisements off; importing it turns them on."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
