"""Comparisons of what was measured with the same under controls, along `control`."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, Values, above


def between(values: xr.DataArray, first: str, middle: str, last: str) -> Values:
    """How far one control lies from the nearer of two others, negative outside them."""
    low, here, high = (at(values, control=name) for name in (first, middle, last))
    return np.minimum(here - low, high - here)


def less_than_under(values: xr.DataArray, controls: tuple[str, ...], because: str) -> Claim:
    """Whether the trained model has less of something than under each of some controls.

    The control of the claim is how much less it has than the trained model of another seed.
    """
    own = at(values, control="none")
    return above(
        0.0,
        at(values, control=controls).min("control") - own,
        control=("the trained model of another seed", np.roll(own.values, 1) - own.values),
        because=because,
    )
