"""Train language models, and compare their losses with what could be known of the next token."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.model_or_dataset.languages import (
    cross_entropy,
    evaluation_set,
    new_model,
    rules,
    stream,
)
from tegum.studies.model_or_dataset.models import Weights, with_weights
from tegum.studies.model_or_dataset.params import TrainLanguage
from tegum.studies.model_or_dataset.train import trained
from tegum.synthetic.corpora import next_token_loss

SCHEDULE = "linear_decay_second_half"


def run(
    cells: Sequence[Cell[TrainLanguage]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    params = cells[0].params
    new = partial(new_model, params)

    def losses(cell: Cell[TrainLanguage], weights: Weights) -> tuple[float, float, float]:
        model = with_weights(new, weights, context.device)
        words = evaluation_set(cell, params)[0].numpy()
        counts = np.bincount(words[:, 1:].ravel())
        frequency = counts[counts > 0] / counts.sum()
        unigram = -(frequency * np.log(frequency)).sum()
        floor = next_token_loss(rules(params), words)[:, 1:].mean()
        return cross_entropy(model, cell, params), float(floor), float(unigram)

    batches = partial(stream, params, batch=params.batch, device=context.device)
    return trained(cells, context, new, batches, SCHEDULE, losses)
