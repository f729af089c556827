"""The phases of flattening, by number, and their ends."""

import numpy as np
import xarray as xr

SETTLED, RELEASED = 4, 5
"""In which a ramped model is held at its strength, and is released."""


def last_look(ds: xr.Dataset, phase: int) -> int:
    """Place along `checkpoint` of the last look of a phase."""
    return int(np.flatnonzero(ds["phase"].values == phase)[-1])


def at_end(ds: xr.Dataset, phase: int) -> xr.Dataset:
    """The last look of a phase."""
    return ds.isel(checkpoint=last_look(ds, phase), drop=True)
