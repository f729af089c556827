"""How far a dictionary still moved, where it leaves almost nothing of its input unexplained."""

import xarray as xr

LEAST = 0.01
"""Share of the variance below which a loss counts as this share: own choice."""


def movement(change: xr.DataArray, fvu: xr.DataArray) -> xr.DataArray:
    """Relative change of a loss, with at least `LEAST` of the variance in the denominator.

    A dictionary that can explain everything divides its loss by some factor for ever, and would
    never be at rest relative to where it ends.

    Args:
        change: (half - end) / end of the loss.
        fvu: unexplained share of the variance at the end, of the same shape.
    """
    return change * (fvu / LEAST).clip(max=1.0)
