"""Pairs of texts, and what the model says of them; rows: labels, logits, and the states' digest.

The states themselves are large and made in minutes: they are in the local cache, under the digest.
Without the extra `models` a row says so, and is made again once it is installed.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.studies.real_contrast import states
from tegum.studies.real_contrast.params import Generate
from tegum.studies.real_contrast.schema import DIGITS, SCHEMAS


def run(
    cells: Sequence[Cell[Generate]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Read the pairs of each cell; returns their rows (cell, ...)."""
    size = cells[0].params.n_pairs
    found = {
        "available": np.zeros(len(cells)),
        "label": np.zeros((len(cells), size)),
        "distractor": np.full((len(cells), size), -1),
        "margin": np.full((len(cells), size), np.nan),
        "digest": np.zeros(len(cells)),
    }
    for i, cell in enumerate(cells if states.available() else ()):
        section = cell.params
        told = states.texts(section.dataset, section.n_pairs, section.words)
        seen = states.of(section)
        found["available"][i] = 1
        found["label"][i] = told.labels
        if told.distractor is not None:
            found["distractor"][i] = told.distractor
        found["margin"][i] = seen.margin
        found["digest"][i] = int(seen.digest[:DIGITS], 16)
    return SCHEMAS["generate"].dataset(found)
