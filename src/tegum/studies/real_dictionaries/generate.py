"""Activations of a model after one block: rows hold their digest.

The activations themselves are large and made in minutes: they are in the local cache. Without the
extra `models` a row says so, and is made again once it is installed.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.data.files import json_bytes
from tegum.experiment.cell import Cell, Context
from tegum.studies.real_dictionaries import states
from tegum.studies.real_dictionaries.params import Generate
from tegum.studies.real_dictionaries.schema import SCHEMAS

DIGITS = 13
"""Hexadecimal digits of a digest that a double holds."""


def run(
    cells: Sequence[Cell[Generate]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Read the texts of each cell; returns their rows (cell, ...)."""
    found = {name: np.zeros(len(cells)) for name in ("available", "tokens", "digest")}
    for i, cell in enumerate(cells if states.available() else ()):
        made = states.written_of(cell.params)
        digest = hashlib.sha256(json_bytes(made.recipe)).hexdigest()
        found["available"][i], found["tokens"][i] = 1, made.count
        found["digest"][i] = int(digest[:DIGITS], 16)
    return SCHEMAS["generate"].dataset(found)
