"""The same pairs and readers on transformers before training, along `control`."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.labels import coordinate
from tegum.probes.readers import analyse
from tegum.studies.contrast_pairs.pairs import options
from tegum.studies.contrast_pairs.params import Control
from tegum.studies.contrast_pairs.transformers import hidden_splits, untrained_models


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Read hidden states of untrained transformers; one more value of `control`."""
    sections = [c.upstream["fit"] for c in cells]
    splits = hidden_splits(cells, sections, untrained_models(cells))
    found = analyse(splits, options(sections[0]), context.device).isel(control=[0])
    name = np.array(["untrained"], dtype=object)
    return found.assign_coords(control=coordinate("control", name, "control"))
