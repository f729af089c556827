"""Train ensembles of two-layer models and record every neuron at every checkpoint.

Rows: per (checkpoint, hidden) the bias, the firing fraction and the responses to single features;
per checkpoint the losses; per feature the final loss; the embedding, and the final weights where
`keep_weights` asks for them.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.sparse_two_layer import SparseTwoLayer
from tegum.studies.monosemanticity.params import Train
from tegum.studies.monosemanticity.schema import SCHEMAS, WITH_WEIGHTS
from tegum.synthetic.batches import Stream, Switched
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.loop import Result
from tegum.training.plan import padded
from tegum.training.recorders import TwoLayerRecorder
from tegum.training.rows import train_rows
from tegum.training.schedules import Schedule
from tegum.training.superposed import batches


def bias_decay(params: Train) -> float:
    """The per-step decay, in units of 1 / learning rate, that gives the e-folds asked for."""
    rate = params.bias_decay_reference or params.learning_rate
    return params.bias_decay_efolds / (rate * (params.steps / 2))


def noisy_steps(params: Train) -> int:
    """Number of steps, from the first on, that have the noise."""
    return round(params.noise_share * params.steps)


def checkpoints(params: Train) -> tuple[int, ...]:
    """Steps after whose update a run is recorded.

    The first, the last, and the last halved again and again (octaves: the published 2^j - 1 where
    the number of steps is a power of two); the last with noise. Where the learning rate is
    periodic, octaves of whole periods are at its peak and each has the trough before it.
    """
    counts = {1, params.steps}
    octave = params.steps
    while octave % 2 == 0 and octave // 2 >= 2**params.first_checkpoint:
        octave //= 2
        counts.add(octave)
    half = params.half_period
    if params.schedule == "periodic_cosine":
        counts |= {n - half for n in counts if n % (2 * half) == 0}
    if params.input_noise > 0 and params.noise_share < 1:
        counts.add(max(noisy_steps(params), 1))
    return tuple(sorted(n - 1 for n in counts))


def run(
    cells: Sequence[Cell[Train]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    first = cells[0].params
    each = [c.params for c in pad]
    stream, evaluation = _streams(pad, context.device)
    sample = evaluation.batch(0)
    model = SparseTwoLayer(
        n_inputs=first.n_inputs,
        width=first.width,
        n_outputs=evaluation.n_outputs,
        activation=first.activation,
        seeds=[c.stream("init") for c in pad],
        bias_offset=[p.bias_offset for p in each],
        l1_hidden=[p.l1_hidden for p in each],
        l1_output=[p.l1_output for p in each],
    )
    schedule = Schedule(first.schedule, first.steps, half_period=first.half_period)
    keep = slice(len(cells))

    def values(result: Result) -> dict[str, np.ndarray]:
        records = result.records
        return {
            "evaluation_loss": records["loss_evaluation"],
            "response_feature": records["response_argmax"],
            "feature_loss": records["feature_loss"][:, -1],
            "null_loss": sample[1].var(1, correction=0)[keep].cpu().numpy(),
            "feature_frequency": evaluation.probabilities[keep].cpu().numpy(),
            "embedding": evaluation.embedding[keep].cpu().numpy(),
        }

    return train_rows(
        cells,
        context,
        WITH_WEIGHTS if first.keep_weights else SCHEMAS["train"],
        model,
        stream,
        schedule,
        values=values,
        checkpoints=checkpoints(first),
        recorder=TwoLayerRecorder(evaluation.embedding, sample),
        evaluation="loss_evaluation",
        optimiser=first.optimiser,
        bias_decay=[bias_decay(p) for p in each],
        allow_collapse=True,
    )


def _streams(cells: Sequence[Cell[Train]], device: str) -> tuple[Stream, SuperpositionStream]:
    """Training stream, and the clean evaluation stream of the same embeddings."""
    each = [c.params for c in cells]
    first = each[0]
    of = partial(
        batches, cells, each, task=first.task, frequency=[p.frequency for p in each], device=device
    )
    evaluation, clean = of(first.evaluation_samples, purpose="evaluation"), of(first.batch)
    noise = [p.input_noise for p in each]
    if not any(noise):
        return clean, evaluation
    noisy = of(first.batch, noise=noise)
    steps = noisy_steps(first)
    return (noisy if steps >= first.steps else Switched(noisy, clean, steps)), evaluation
