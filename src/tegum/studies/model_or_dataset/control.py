"""What `fit` found where one kind of structure is gone, or what it takes to judge variables."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from tegum.studies.model_or_dataset import ladder, verdicts

EVIDENCE = {"ladder": ladder.run, "verdicts": verdicts.run}


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """The evidence that the parameters ask for; rows (cell, …)."""
    return EVIDENCE[cells[0].params.evidence](cells, rows, context)
