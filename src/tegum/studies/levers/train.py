"""Train ensembles of two-layer models and record every neuron at every checkpoint."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.routed import Routed
from tegum.models.two_layer import TwoLayer
from tegum.models.weighed import Weighed
from tegum.studies.levers.params import Train
from tegum.studies.levers.schema import SCHEMAS
from tegum.synthetic.features import feature_probabilities
from tegum.training.loop import Result
from tegum.training.plan import padded
from tegum.training.recorders import TwoLayerRecorder
from tegum.training.rows import train_rows
from tegum.training.schedules import Schedule
from tegum.training.superposed import batches

EVEN = 32
"""Checkpoints of `looks: even`."""


def checkpoints(section: Train) -> tuple[int, ...]:
    """Steps after whose update a run is recorded; the first and the last one are."""
    steps, counts = section.steps, {1, section.steps}
    if section.looks == "even":
        counts |= {max(round(steps * i / EVEN), 1) for i in range(1, EVEN)}
    return tuple(sorted(n - 1 for n in counts))


def importances(section: Train) -> np.ndarray:
    """Weights of the features' errors, (feature,), of mean 1."""
    found = feature_probabilities(section.importance, section.n_features, 1 / section.n_features)
    return found[::-1] / found.mean()


def run(
    cells: Sequence[Cell[Train]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    pad, first = padded(list(cells)), cells[0].params
    each = [c.params for c in pad]
    stream = partial(
        batches,
        pad,
        each,
        task=first.task,
        frequency=[p.frequency for p in each],
        device=context.device,
    )
    held_out = stream(first.evaluation_samples, purpose="evaluation")
    sample = held_out.batch(0)
    model = _new(pad, held_out.n_outputs)
    largest = _begin(model, each, sample[0].cpu())
    keep = slice(len(cells))

    def values(result: Result) -> dict[str, np.ndarray]:
        records = result.records
        return {
            "evaluation_loss": records["loss_evaluation"],
            "response_feature": records["response_argmax"],
            "feature_loss": records["feature_loss"][:, -1],
            "null_loss": sample[1].var(1, correction=0)[keep].cpu().numpy(),
            "feature_frequency": held_out.probabilities[keep].cpu().numpy(),
            "largest_input": largest[keep].numpy(),
        }

    return train_rows(
        cells,
        context,
        SCHEMAS["train"],
        model.to(context.device),
        stream(first.batch, noise=[p.input_noise for p in each]),
        Schedule(first.schedule, first.steps, half_period=first.half_period),
        values=values,
        checkpoints=checkpoints(first),
        recorder=TwoLayerRecorder(held_out.embedding, sample),
        evaluation="loss_evaluation",
        bias_decay=[p.decay_per_step / p.learning_rate for p in each],
    )


def _new(cells: Sequence[Cell[Train]], n_outputs: int) -> TwoLayer:
    each = [c.params for c in cells]
    first = each[0]
    weighed = any(p.importance != "uniform" for p in each)
    build = TwoLayer
    if weighed:
        build = partial(Weighed, importance=np.stack([importances(p) for p in each]))
    if first.routing != "none":
        build = partial(Routed, groups=first.groups, learned=first.routing == "learned")
    return build(
        n_inputs=first.n_inputs,
        width=first.width,
        n_outputs=n_outputs,
        activation="relu",
        seeds=[c.stream("init") for c in cells],
        bias_offset=[p.bias_offset for p in each],
        l1_hidden=[p.l1_hidden for p in each],
        l1_output=[p.l1_output for p in each],
        l1_weights=[p.l1_weights for p in each],
    )


@torch.no_grad()
def _begin(model: TwoLayer, each: Sequence[Train], inputs: torch.Tensor) -> torch.Tensor:
    """Set the biases that depend on inputs (cell, sample, input); returns the largest ones.

    Returns: the largest of (W1 x)_j over the samples, (cell, hidden).
    """
    largest = torch.bmm(inputs, model.encoder.transpose(1, 2)).amax(1)
    for bias, own, section in zip(model.bias, largest, each, strict=True):
        if section.start != "offset":
            bound = own if section.start == "below" else own.max().expand_as(own)
            bias.copy_(-bound)
    return largest
