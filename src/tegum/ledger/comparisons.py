"""What findings say of one thing beside another: a model under a control, a place of an axis."""

from collections.abc import Callable
from typing import TypedDict

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, Control, above
from tegum.ledger.findings import Finding

Value = Callable[[xr.Dataset], xr.DataArray]
"""From a Dataset without the dim `control` to one number per seed."""


class Sides(TypedDict):
    """Arguments of `above` and `below`."""

    values: xr.DataArray
    control: Control


def sides(values: xr.DataArray, axis: str, here: object, there: object, told: str) -> Sides:
    """Values at one place of an axis, with those at another as the control.

    Args:
        values: along the axis and `seed`.
        axis: whose places are compared, such as `control`.
        here, there: its value that the claim is about, and that of the control.
        told: what is destroyed or absent in the control.

    Raises:
        MissingError: for a value that the axis does not have.
    """
    return {"values": at(values, **{axis: here}), "control": (told, at(values, **{axis: there}))}


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


def above_control(
    ds: xr.Dataset, value: Value, threshold: float, because: str, control: tuple[str, str]
) -> Claim:
    """Judge whether `value` lies above the threshold, beside what it is at the label of a control.

    Raises:
        MissingError: where one of the two labels is not among those of the dim `control`.
    """
    label, name = control
    found, under = (value(at(ds, control=c)) for c in ("none", label))
    return above(threshold, found, control=(name, under), because=because)


def against_control(
    finding: Callable[..., Finding],
    threshold: float,
    because: str,
    *,
    control: tuple[str, str],
    select: Callable[[xr.Dataset], xr.Dataset] = xr.Dataset.copy,
    axis: str = "feature_probability",
) -> Callable[[Value], Finding]:
    """Decorate the value of a finding that `above_control` judges.

    Args:
        finding: what `tegum.ledger.findings.finding` returns, of one sweep.
        threshold: above which the value has to lie.
        because: how the number was got; may quote `{low}` and `{high}`, the ends of the axis.
        control: its label along `control`, and its name.
        select: what of the sweep is read.
        axis: of which the ends are quoted.
    """

    def decorate(value: Value) -> Finding:
        def judge(ds: xr.Dataset) -> Claim:
            chosen = select(ds)
            low, high = (float(end) for end in (chosen[axis].min(), chosen[axis].max()))
            told = because.format(low=low, high=high)
            return above_control(chosen, value, threshold, told, control)

        return finding(judge, id=getattr(value, "__name__", ""))

    return decorate
