"""Train classifiers. Of what their loss is at least nothing is known: these losses are 0."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.classifier import Classifier
from tegum.models.weights import device_of
from tegum.studies.model_or_dataset.classifiers import AT_ONCE, new_model, stream
from tegum.studies.model_or_dataset.params import TrainClassifier
from tegum.studies.model_or_dataset.train import trained


def run(
    cells: Sequence[Cell[TrainClassifier]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    return trained(cells, context, new_model, stream, "constant", _losses)


def _losses(model: Classifier, cell: Cell[TrainClassifier]) -> tuple[float, float, float]:
    batches = stream(cell.params, [cell.stream("evaluation")], AT_ONCE, device_of(model))
    return float(model.loss(batches.batch(0))), 0.0, 0.0
