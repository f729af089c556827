"""The dictionary of a language model's residual stream."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.dictionaries.of_cells import fitted
from tegum.experiment.cell import Cell, Context
from tegum.studies.model_or_dataset.dictionaries import measured
from tegum.studies.model_or_dataset.languages import VARIABLES, readings
from tegum.studies.model_or_dataset.params import Fit
from tegum.studies.model_or_dataset.schema import SCHEMAS


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Fit and measure a dictionary for every cell; returns rows (cell, ...)."""
    sections = [cell.params for cell in cells]
    read = readings(cells, sections, rows["train"], context.device)
    fits = fitted([r.activations[0] for r in read], cells, sections, context.device)
    found = [measured(f, r.activations, r.corpora) for f, r in zip(fits, read, strict=True)]
    schema = SCHEMAS["fit/language"]
    values = {name: [one[name] for one in found] for name in schema.layout}
    return schema.dataset(values, {"variable": np.array(VARIABLES, object)})
