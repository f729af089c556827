"""Fit every reader of contrast pairs and measure it; rows: `MEASURES` of `probes.readers`."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from tegum.probes.readers import analyse
from tegum.studies.contrast_pairs.pairs import (
    hidden_splits,
    options,
    synthetic_splits,
    trained_models,
)


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Read the pairs of each cell: those of its transformer where it has one."""
    if "train" in rows:
        models = trained_models(cells, rows["train"])
        splits = hidden_splits(cells, [c.params for c in cells], models)
    else:
        splits = synthetic_splits(cells)
    return analyse(splits, options(cells[0].params), context.device)
