"""Train classifiers. Of what their loss is at least nothing is known: these losses are 0."""

from collections.abc import Mapping, Sequence
from functools import partial

import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.model_or_dataset.classifiers import AT_ONCE, new_model, stream
from tegum.studies.model_or_dataset.models import Weights, with_weights
from tegum.studies.model_or_dataset.params import TrainClassifier
from tegum.studies.model_or_dataset.train import trained


def run(
    cells: Sequence[Cell[TrainClassifier]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    params, device = cells[0].params, context.device

    def losses(cell: Cell[TrainClassifier], weights: Weights) -> tuple[float, float, float]:
        batch = stream(params, [cell.stream("evaluation")], AT_ONCE, device).batch(0)
        with torch.no_grad():
            model = with_weights(partial(new_model, params), weights, device)
            return float(model.loss(batch)), 0.0, 0.0

    batches = partial(stream, params, batch=params.batch, device=device)
    return trained(cells, context, partial(new_model, params), batches, "constant", losses)
