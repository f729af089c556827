"""Train language models, and compare their losses with what could be known of the next token."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.language import LanguageModel
from tegum.studies.model_or_dataset import languages
from tegum.studies.model_or_dataset.params import TrainLanguage
from tegum.studies.model_or_dataset.train import trained
from tegum.synthetic.corpora import next_token_loss

SCHEDULE = "linear_decay_second_half"


def run(
    cells: Sequence[Cell[TrainLanguage]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells of equal shapes; returns their rows (cell, ...)."""
    return trained(cells, context, languages.new_model, languages.stream, SCHEDULE, _losses)


def _losses(model: LanguageModel, cell: Cell[TrainLanguage]) -> tuple[float, float, float]:
    params = cell.params
    words, _ = languages.sentences(cell, params, languages.AT_ONCE, languages.EVALUATED)
    counts = np.unique(words[:, 1:], return_counts=True)[1]
    frequency = counts / counts.sum()
    unigram = -(frequency * np.log(frequency)).sum()
    floor = next_token_loss(languages.rules(params), words)[:, 1:].mean()
    return languages.cross_entropy(model, cell, params), float(floor), float(unigram)
