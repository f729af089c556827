"""Hidden states of the transformers."""

from collections.abc import Mapping, Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.probes.readers import analyse
from tegum.studies.contrast_pairs.pairs import options
from tegum.studies.contrast_pairs.params import Hidden
from tegum.studies.contrast_pairs.transformers import hidden_splits, trained_models


def run(
    cells: Sequence[Cell[Hidden]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Read the hidden states of each cell's trained transformer."""
    models = trained_models(cells, rows["train"])
    splits = hidden_splits(cells, [c.params for c in cells], models)
    return analyse(splits, options(cells[0].params), context.device)
