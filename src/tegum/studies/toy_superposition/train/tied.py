"""Rows of the tied autoencoders: final weights, and losses and dimensionalities on the way.

The loss of a model is divided by its feature probability while training (gradients of equal size
at every density) and multiplied by it again in the rows.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.geometry import antipodal_pairs, polygon
from tegum.models.tied_listed import ListTied
from tegum.studies.toy_superposition.features import importances, probabilities
from tegum.studies.toy_superposition.params import Tied
from tegum.studies.toy_superposition.schema import SCHEMAS
from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import INIT, Draws
from tegum.synthetic.listed import feature_stream
from tegum.synthetic.quadrature import QuadratureStream
from tegum.training.plan import padded
from tegum.training.recorders import TiedRecorder
from tegum.training.rows import train_rows

Array = NDArray[np.float64]


def initial_weight(params: Tied, seed: int) -> Array:
    """Initial embeddings, (feature, dimension)."""
    shape = params.n_features, params.n_dimensions
    noise = params.initial_scale * Draws(seed).normal(shape, INIT, params.restart).astype(float)
    if params.start == "pentagon":
        return polygon(5) + noise
    if params.start == "digons":  # the first feature is the one that is left out
        return np.concatenate([np.zeros((1, 2)), antipodal_pairs(2)]) + noise
    return noise


def checkpoint_steps(params: Tied) -> tuple[int, ...]:
    """Steps after whose update a run is recorded; the last one always is."""
    space = np.geomspace if params.spacing == "log" else np.linspace
    counts = space(params.steps, 1, params.checkpoints)
    return tuple(sorted({round(count) - 1 for count in counts}))


def streams(cells: Sequence[Cell[Tied]], device: str) -> tuple[Stream, Stream]:
    """Training and evaluation data of cells of equal shapes."""
    first = cells[0].params
    feature_probabilities = np.stack([probabilities(c.params) for c in cells])
    if first.data == "quadrature":
        exact = QuadratureStream(feature_probabilities, first.nodes, first.max_active, device)
        return exact, exact
    train, evaluation = (
        feature_stream(
            engine,
            seeds=[c.stream(purpose) for c in cells],
            probabilities=feature_probabilities,
            batch=first.batch,
            correlation=first.correlation,
            set_size=first.set_size,
            device=device,
        )
        for purpose, engine in (("data", first.engine), ("evaluation", "torch"))
    )
    return train, evaluation


def run(cells: Sequence[Cell[Tied]], rows: Rows, context: Context) -> xr.Dataset:
    """Train tied autoencoders of equal shapes; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    each = [c.params for c in pad]
    first, keep = each[0], len(cells)
    stream, evaluation = streams(pad, context.device)
    scale = np.array([p.feature_probability for p in each])
    model = ListTied(
        weight=np.stack([initial_weight(c.params, c.stream("init")) for c in pad]),
        output="linear" if first.model == "linear" else "relu",
        importance=np.stack([importances(p) for p in each]) / scale[:, None],
        with_bias=first.with_bias,
        l1_hidden=[p.l1_hidden / p.feature_probability for p in each],
    )
    batches = 1 if first.data == "quadrature" else first.evaluation_batches
    return train_rows(
        cells,
        context,
        SCHEMAS["train/tied"],
        model,
        stream,
        first.schedule,
        values=lambda r: {"evaluation_loss": r.records["evaluation_loss"] * scale[:keep, None]},
        checkpoints=checkpoint_steps(first),
        recorder=TiedRecorder(evaluation, batches),
        evaluation="evaluation_loss",
    )
