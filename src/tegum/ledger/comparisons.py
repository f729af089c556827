"""Comparisons of what was measured with the same under controls, or at other places of an axis."""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above


def lies_between(
    values: xr.DataArray, ends: tuple[str, str], middle: str, control: tuple[str, str], because: str
) -> Claim:
    """Whether what is measured under one control lies between that under two others.

    Args:
        values: along `control` and `seed`.
        ends: names of the two, the lower one first.
        middle: name of the one that shall lie between them.
        control: what stands in its place for the claim's control: in words, and its name.
        because: how the distance to the nearer end was got, which is negative outside them.
    """
    low, high = (at(values, control=name) for name in ends)
    found, other = (
        np.minimum(here - low, high - here)
        for here in (at(values, control=name) for name in (middle, control[1]))
    )
    return above(0.0, found, control=(control[0], other), because=because)


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


def beside(
    rule: Callable[..., Claim],
    threshold: float,
    values: xr.DataArray,
    words: str,
    because: str,
    /,
    **places: tuple[Any, Any],
) -> Claim:
    """Judge values at one place of an axis beside those at another, which is the control.

    Args:
        rule: `above` or `below`.
        threshold: as the rule has it.
        values: along that axis and `seed`.
        words: what the other place is.
        because: how the numbers were got.
        places: the axis, and on it the place of the claim and that of the control.
    """
    ((axis, (here, there)),) = places.items()
    found, base = (at(values, **{axis: place}) for place in (here, there))
    return rule(threshold, found, control=(words, base), because=because)
