"""What the findings share: sources, the level of selectivity, and the numbers that are compared."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import MissingError, at
from tegum.ledger.claims import Claim, above
from tegum.ledger.findings import finding

PAPER = "Jermyn, Schiefer and Hubinger 2022, arXiv 2211.09169"
COMMENTS = "Jermyn (comments under arXiv 2211.09169)"
PROTOTYPE = f"{PAPER}; size of a small prototype"

LEVEL = 0.9
"""Selectivity above which a neuron counts here; the prototype's graded results use it."""
MODERATE = -0.5
"""The prototype's best bias offset."""
CONVERGED = 0.05
"""Largest change of the loss over the last half of training at which a verdict counts: own
choice."""
trained = partial(finding, converged=CONVERGED)
"""Decorates the findings about trained models and fitted dictionaries."""


def final(ds: xr.Dataset, **axes: float) -> xr.Dataset:
    """The last checkpoint at selectivity `LEVEL`, at a value of each axis."""
    return at(ds, threshold=LEVEL, **axes).isel(checkpoint=-1)


def untrained(ds: xr.Dataset, **axes: float) -> xr.Dataset:
    """The same after the first update."""
    return at(ds, threshold=LEVEL, **axes).isel(checkpoint=0)


def until(ds: xr.Dataset, updates: int) -> xr.Dataset:
    """The checkpoints up to that after a number of updates."""
    places = np.flatnonzero(ds["step"].values + 1 == updates)
    if not places.size:
        raise MissingError(f"there is no checkpoint after {updates} updates")
    return ds.isel(checkpoint=slice(0, int(places[0]) + 1))


def mono(ds: xr.Dataset) -> xr.DataArray:
    """Monosemantic neurons per feature."""
    return ds["mono_per_feature"]


def relative(after: xr.Dataset, before: xr.Dataset) -> xr.DataArray:
    """Relative change of the evaluation loss."""
    return after["evaluation_loss"] / before["evaluation_loss"] - 1


def more_mono(
    ds: xr.Dataset, axis: str, value: float, base: float, because: str, threshold: float = 0.0
) -> Claim:
    """Whether one value of an axis gives more monosemantic neurons than another in the end."""
    gains = [
        mono(of(ds, **{axis: value})) - mono(of(ds, **{axis: base})) for of in (final, untrained)
    ]
    return above(threshold, gains[0], control=("untrained", gains[1]), because=because)
