"""Findings of which the rows of one Dataset are told beside a control that it holds as well."""

from collections.abc import Callable

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above
from tegum.ledger.findings import Finding

Value = Callable[[xr.Dataset], xr.DataArray]
"""From a Dataset without the dim `control` to one number per seed."""
Control = tuple[str, str]
"""Its label along `control`, and its name."""


def above_control(
    ds: xr.Dataset, value: Value, threshold: float, because: str, control: Control
) -> Claim:
    """Judge whether `value` lies above the threshold, beside what it is at the label of a control.

    Raises:
        MissingError: where one of the two labels is not among those of the dim `control`.
    """
    label, name = control
    found, under = (value(at(ds, control=c)) for c in ("none", label))
    return above(threshold, found, control=(name, under), because=because)


def beside(
    finding: Callable[..., Finding],
    threshold: float,
    because: str,
    *,
    control: Control,
    select: Callable[[xr.Dataset], xr.Dataset] = xr.Dataset.copy,
    axis: str = "feature_probability",
) -> Callable[[Value], Finding]:
    """Decorate the value of a finding that `above_control` judges.

    Args:
        finding: what `tegum.ledger.findings.finding` returns, of one sweep.
        threshold: above which the value has to lie.
        because: how the number was got; may quote `{low}` and `{high}`, the ends of the axis.
        control: beside which it is told.
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
