"""The same pairs and readers on transformers before training, along `control`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate
from tegum.probes.readers import analyse
from tegum.studies.contrast_pairs.pairs import hidden_splits, options, untrained_models


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Read hidden states of untrained transformers; one more value of `control`."""
    sections = [c.upstream["fit"] for c in cells]
    splits = hidden_splits(cells, sections, untrained_models(cells))
    found = analyse(splits, options(sections[0]), context.device).isel(control=[0])
    name = np.array(["untrained"], dtype=object)
    return found.assign_coords(control=coordinate("control", name, "control"))
