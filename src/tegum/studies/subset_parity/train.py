"""Networks that are taught a parity, and how signal, noise and weights go while they learn it."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.parity import gradients
from tegum.models.ensemble import Ensemble
from tegum.models.parity import SignNetwork
from tegum.studies.subset_parity.models import new_models, population, task
from tegum.studies.subset_parity.params import Train
from tegum.studies.subset_parity.schema import CURVES, TRAIN
from tegum.synthetic.parity import ParityStream
from tegum.training.plan import padded
from tegum.training.recorders import Recorder
from tegum.training.rows import train


def run(cells: Sequence[Cell[Train]], rows: Rows, context: Context) -> xr.Dataset:
    """Curves (cell, checkpoint), the first of which is before training, and final weights."""
    pad, first = padded(list(cells)), cells[0].params
    model = new_models(pad).to(context.device)
    inputs, targets = (part.to(context.device) for part in population(pad))
    recorder = _Looks(model, inputs, targets, pad)
    stream = ParityStream(
        tasks=[task(c.params) for c in pad],
        seeds=[c.stream("data") for c in pad],
        n_inputs=first.n_inputs,
        outputs=first.largest_parity,
        batch=first.batch,
        device=context.device,
    )
    before = recorder.record(model, torch.zeros(len(pad)))
    steps = looks(first.steps, first.looks)
    result = train(
        cells,
        context,
        model,
        stream,
        "constant",
        checkpoints=tuple(s - 1 for s in steps),
        recorder=recorder,
        evaluation="loss_evaluation",
        optimiser=first.optimiser,
    )
    found = {}
    for name in CURVES:
        key = "loss_evaluation" if name == "loss" else name
        start = before[key][: len(cells), None].cpu().numpy()
        found[name] = np.concatenate([start, result.records[key]], axis=1)
    final = {name: result.parameters[name] for name in ("weight", "bias")}
    final |= {name: result.parameters[name][:, 0] for name in ("readout", "offset")}
    return TRAIN.dataset(found | final | result.changes, {"step": [0, *steps]})


def looks(steps: int, per_doubling: int) -> list[int]:
    """Numbers of steps done, evenly spaced in their logarithm and rounded, up to all of them."""
    many = np.arange(0.0, np.log2(steps), 1 / per_doubling)
    return sorted({round(2.0**power) for power in many} | {steps})


class _Looks(Recorder):
    """Accuracy, exact gradients and movement on the inputs of a look, a cell at a time."""

    def __init__(
        self, model: SignNetwork, inputs: Tensor, targets: Tensor, cells: Sequence[Cell[Train]]
    ) -> None:
        self._inputs, self._targets = inputs, targets
        self._start = model.weight.detach().clone()
        self._batches = [c.params.batch for c in cells]
        self._bits = [c.params.n_parity for c in cells]

    def record(self, ensemble: Ensemble, loss: Tensor) -> dict[str, Tensor]:
        assert isinstance(ensemble, SignNetwork)
        each = [self._one(ensemble, cell) for cell in range(ensemble.n_cells)]
        return {name: torch.stack([one[name] for one in each]) for name in each[0]}

    def _one(self, ensemble: SignNetwork, cell: int) -> dict[str, Tensor]:
        here, k = slice(cell, cell + 1), self._bits[cell]
        model = ensemble.select(here)
        assert isinstance(model, SignNetwork)
        found = gradients(model, self._inputs, self._targets[here])
        moved = (model.weight.detach() - self._start[here])[0].square()
        signal, noise = found.mean[0].square(), found.variance[0] / self._batches[cell]
        return {
            "accuracy": ((found.output > 0) == (self._targets[here] > 0)).float().mean(),
            "loss_evaluation": found.loss[0],
            "signal_inside": signal[:, :k].sum().sqrt(),
            "signal_outside": signal[:, k:].sum().sqrt(),
            "noise_inside": noise[:, :k].sum().sqrt(),
            "noise_outside": noise[:, k:].sum().sqrt(),
            "moved_inside": moved[:, :k].mean().sqrt(),
            "moved_outside": moved[:, k:].mean().sqrt(),
        }
