"""The inner loop of training, with or without Lightning around it."""

import copy
import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble, per_cell
from tegum.synthetic.batches import Stream
from tegum.training.convergence import Evaluation, changes, fresh_loss
from tegum.training.engine import Engine, TorchEngine
from tegum.training.optimisers import EnsembleOptimiser, clip_per_cell, spread
from tegum.training.plan import Plan
from tegum.training.recorders import Recorder

COOLING = 0.1
"""Share of the steps in which the learning rate of a copy falls to 0 from half of them on."""
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


@dataclass(frozen=True)
class Result:
    """A finished run, cut to the cells that were asked for."""

    steps: np.ndarray
    """Checkpoint steps, (checkpoint,) int64."""
    lr_scale: np.ndarray
    """Learning-rate scale of each checkpoint step, (checkpoint,)."""
    records: dict[str, np.ndarray]
    """What was recorded, (cell, checkpoint, ...)."""
    parameters: dict[str, np.ndarray]
    """Final weights, (cell, ...)."""
    changes: dict[str, np.ndarray]
    """How far the run still moved in its second half (``convergence.changes``), (cell,); empty
    where the plan does not ask for it."""


class Loop:
    """Runs the steps of a plan, any number at a time; the number never changes the result."""

    def __init__(
        self,
        ensemble: Ensemble,
        stream: Stream,
        plan: Plan,
        recorder: Recorder | None = None,
        *,
        keep: int | None = None,
        engine: Engine | None = None,
        names: Sequence[str] | None = None,
        evaluation: Evaluation | None = None,
    ) -> None:
        if ensemble.n_cells != stream.n_cells:
            raise TegumError(
                f"the ensemble has {ensemble.n_cells} cells, its stream {stream.n_cells}; build "
                "both from one list of cells."
            )
        if ensemble.n_cells % plan.pack:
            raise TegumError(
                f"the ensemble has {ensemble.n_cells} cells; pad it to a multiple of {plan.pack} "
                "with tegum.training.plan.padded, so that results do not depend on the company."
            )
        self.ensemble, self.stream, self.plan, self.recorder = ensemble, stream, plan, recorder
        self.keep = ensemble.n_cells if keep is None else keep
        if not 1 <= self.keep <= ensemble.n_cells:
            raise TegumError(f"keep is {keep}; the ensemble has {ensemble.n_cells} cells.")
        self.names = [str(cell) for cell in range(self.keep)] if names is None else list(names)
        self.engine = TorchEngine() if engine is None else engine
        self.optimiser: EnsembleOptimiser = plan.build_optimiser(ensemble)
        self.step = 0
        self.scale: Callable[[int], float] = plan.schedule
        self.records: dict[str, list[Tensor]] = {}
        self.evaluation = evaluation or fresh_loss(stream, plan)
        self.halfway: dict[str, Tensor] | None = None
        self._half = plan.schedule.half if plan.convergence else None
        decay = per_cell(plan.bias_decay, ensemble.n_cells, "bias_decay")
        rate = per_cell(plan.learning_rate, ensemble.n_cells, "learning_rate")
        self._shrink = 1.0 - decay * rate if decay.any() else None
        if self._shrink is not None and not ensemble.BIASES:
            raise TegumError(
                f"{type(ensemble).__name__} has no biases that decay; name them in BIASES, or "
                "leave bias_decay at 0"
            )
        self._checkpoints = frozenset(plan.checkpoints)

    def start(self) -> None:
        """Prepare the engine; call it once the weights are on their device and loaded."""
        device = next(self.ensemble.parameters()).device
        for group in self.optimiser.param_groups:
            group["lr"] = group["lr"].to(device)
        if self._shrink is not None:
            self._shrink = self._shrink.to(device)
        self.engine.prepare(self.ensemble, self.stream, self.keep)

    def advance(self, stop: int, update: Callable[[], Any]) -> Tensor:
        """Run the steps up to ``stop`` (not included); the losses of the last one, (cell,).

        ``update`` applies the gradients: the optimiser's ``step``, or Lightning's wrapper of it.
        """
        plan, stop = self.plan, min(stop, self.plan.steps)
        loss = torch.zeros(self.ensemble.n_cells)
        while self.step < stop:
            if self.step == self._half and self.halfway is None:
                ensemble = self._cooled() if plan.schedule.cools else self.ensemble
                self.halfway = self._evaluated(ensemble)
            loss = self.engine.gradients(self.step)
            if plan.gradient_clip is not None:
                clip_per_cell(self.ensemble.parameters(), plan.gradient_clip)
            for group in self.optimiser.param_groups:
                group["scale"] = self.scale(self.step)
            update()
            if self._shrink is not None and self.step < plan.steps // 2:
                with torch.no_grad():
                    for name in self.ensemble.BIASES:
                        bias = getattr(self.ensemble, name)
                        bias.mul_(spread(self._shrink, bias))
            self.ensemble.project()
            if self.step in self._checkpoints:
                self._record(loss)
            self.step += 1
        return loss

    def _cooled(self) -> Ensemble:
        """A copy that was trained on, on the same batches, while its learning rate fell to 0.

        Its weights, buffers, optimiser and engine are its own, so that this run never knows.
        """
        first, rate = self.step, self.scale(self.step)
        length = max(1, round(COOLING * self.plan.steps))
        plan = replace(self.plan, checkpoints=(), convergence=False)
        ensemble, engine = copy.deepcopy(self.ensemble), copy.copy(self.engine)
        branch = Loop(ensemble, self.stream, plan, keep=self.keep, engine=engine)
        branch.optimiser.load_state_dict(copy.deepcopy(self.optimiser.state_dict()))
        branch.step = first
        branch.scale = lambda step: rate * (1.0 - (step - first) / length)
        branch.start()
        branch.advance(first + length, branch.optimiser.step)
        return ensemble

    @torch.no_grad()
    def _evaluated(self, ensemble: Ensemble) -> dict[str, Tensor]:
        """The evaluation of a copy, since the losses of some models update their buffers."""
        found = self.evaluation(copy.deepcopy(ensemble))
        return {name: value[: self.keep].detach().cpu() for name, value in found.items()}

    @torch.no_grad()
    def _record(self, loss: Tensor) -> None:
        finite = loss[: self.keep].isfinite()
        if not self.plan.allow_collapse and not finite.all():
            cells = ", ".join(self.names[i] for i in (~finite).nonzero().flatten().tolist())
            raise TegumError(
                f"the loss is not finite at step {self.step} in cell {cells}; lower the learning "
                "rate, or let the study record collapsed runs (allow_collapse)."
            )
        seen = {} if self.recorder is None else self.recorder.record(self.ensemble, loss)
        for name, value in {"loss": loss, **seen}.items():
            self.records.setdefault(name, []).append(value[: self.keep].detach().cpu().clone())

    def run(self) -> Result:
        """Train without Lightning: for short fits that need no resume."""
        prepare_process()
        self.start()
        self.advance(self.plan.steps, self.optimiser.step)
        return self.result()

    def result(self) -> Result:
        """The records and weights so far."""
        plan = self.plan
        steps = sorted(set(plan.checkpoints))
        end = self._evaluated(self.ensemble) if plan.convergence else {}
        return Result(
            steps=np.array(steps, dtype=np.int64),
            lr_scale=np.array([plan.schedule(step) for step in steps]),
            records={
                name: torch.stack(values, dim=1).numpy() for name, values in self.records.items()
            },
            parameters={
                name: parameter[: self.keep].detach().cpu().numpy().copy()
                for name, parameter in self.ensemble.named_parameters()
            },
            changes=changes(self.halfway or {}, end),
        )


def prepare_process() -> None:
    """One thread, denormal numbers flushed to zero (they cost up to 16 times), and freed memory
    kept: handing megabytes back to the system at every step costs a fifth of the time."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # not glibc
        return
    mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    mallopt(_M_MMAP_THRESHOLD, 2**30)
