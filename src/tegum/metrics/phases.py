"""Models that are changed in phases, along `checkpoint`: the phases by number, and their ends."""

from typing import TypeVar

import numpy as np
import xarray as xr

D = TypeVar("D", xr.Dataset, xr.DataArray)

SETTLED, RELEASED = 4, 5
"""In which a ramped model is held at its strength, and is released."""


def last_look(ds: xr.Dataset | xr.DataArray, phase: int) -> int:
    """Place along `checkpoint` of the last look of a phase."""
    return int(np.flatnonzero(ds["phase"].values == phase)[-1])


def at_end(ds: D, phase: int) -> D:
    """The last look of a phase."""
    return ds.isel(checkpoint=last_look(ds, phase), drop=True)


def held_from(holds: xr.DataArray, axis: str) -> xr.DataArray:
    """The smallest value of an axis from which on something holds; NaN where there is none."""
    falling = holds.sortby(axis, ascending=False)
    held = falling.astype(int).cumprod(axis).astype(bool)
    return held[axis].where(held).min(axis)
