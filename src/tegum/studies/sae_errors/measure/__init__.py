"""Measurements: of errors, along lines, and on spheres."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray


def reconstruction(row: xr.Dataset) -> NDArray[np.floating]:
    """What the dictionary of one row of `fit` makes of its fresh samples: (sample, input)."""
    return row["latents"].values @ row["directions"].values + row["bias"].values
