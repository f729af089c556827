"""Claims: what was expected, what was found, and by which rule it holds."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr

from tegum.ledger.claim import Claim, Verdict

MIN_SEEDS = 5


def exact(
    id: str,
    statement: str,
    source: str,
    *,
    estimate: float,
    threshold: float,
    n: int,
    unit: str = "1",
    reason: str = "",
) -> Claim:
    """A claim that an independent computation decides.

    Args:
        estimate: deviation from the independent computation, or the number of violations.
        threshold: the largest `estimate` at which the claim holds.
        n: number of cases compared.
        reason: what was compared with what.
    """
    bad = not np.isfinite(estimate)
    verdict: Verdict = "fails" if bad or estimate > threshold else "holds"
    return Claim(
        id=id,
        statement=statement,
        source=source,
        kind="exact",
        estimate=None if bad else float(estimate),
        n=int(n),
        unit=unit,
        threshold=float(threshold),
        verdict=verdict,
        reason=("the estimate is not finite; " if bad else "") + reason,
    )


def statistical(
    id: str,
    statement: str,
    source: str,
    *,
    values: Sequence[float] | np.ndarray,
    threshold: float,
    direction: Literal["above", "below"],
    unit: str = "1",
    control: str,
    control_values: Sequence[float] | np.ndarray,
    reason: str = "",
) -> Claim:
    """A claim about the mean over seeds, decided by its 95 % bootstrap interval.

    Args:
        values: one number per seed (the independent unit); NaN where it is undefined.
        threshold: the claim holds when the whole interval lies on the `direction` side of it,
            fails when it lies on the other side, and is inconclusive otherwise.
        control: the condition that `values` has to be seen beside.
        control_values: the same number per seed under that condition.

    Fewer than five seeds with a finite value are `inconclusive`, never decided.
    """
    finite, low, high, verdict = _ruled(values, threshold, direction)
    base, *_, control_verdict = _ruled(control_values, threshold, direction)
    few = f"{finite.size} seeds with a finite value, {MIN_SEEDS} are needed; "
    return Claim(
        id=id,
        statement=statement,
        source=source,
        kind="statistical",
        estimate=float(finite.mean()) if finite.size else None,
        ci_low=low,
        ci_high=high,
        n=int(finite.size),
        unit=unit,
        threshold=float(threshold),
        direction=direction,
        control=control,
        control_estimate=float(base.mean()) if base.size else None,
        control_verdict=control_verdict,
        verdict=verdict,
        reason=few * (finite.size < MIN_SEEDS) + reason,
    )


def _ruled(
    values: Sequence[float] | np.ndarray, threshold: float, direction: str
) -> tuple[np.ndarray, float | None, float | None, Verdict]:
    """The finite values, the interval of their mean, and on which side of the threshold it lies."""
    from tegum.statistics import bootstrap_interval

    finite = np.asarray(values, float).ravel()
    finite = finite[np.isfinite(finite)]
    if finite.size < MIN_SEEDS:
        return finite, None, None, "inconclusive"
    low, high = map(float, bootstrap_interval(finite))
    above = direction == "above"
    if low > threshold if above else high < threshold:
        return finite, low, high, "holds"
    fails = high <= threshold if above else low >= threshold
    return finite, low, high, "fails" if fails else "inconclusive"


def untested(
    id: str,
    statement: str,
    source: str,
    *,
    reason: str,
    kind: Literal["exact", "statistical"] = "statistical",
) -> Claim:
    """A claim that this scale cannot test; `reason` says which sizes would."""
    return Claim(
        id=id,
        statement=statement,
        source=source,
        kind=kind,
        verdict="inconclusive",
        reason=reason,
    )


Values = xr.DataArray | np.ndarray | Sequence[float]
Control = tuple[str, Values]
"""What is destroyed or absent there, and the same number per seed under it."""


def above(
    threshold: float, values: Values, *, control: Control, because: str = "", unit: str = "1"
) -> Claim:
    """Judge whether the mean of `values` over seeds lies above `threshold`.

    It holds when the 95 % bootstrap interval of the mean does, fails when the interval lies on the
    other side, and is inconclusive otherwise; also with fewer than five finite values.

    Args:
        values: one per independent unit: an array whose only dim is `seed`, or a sequence.
        control: what the claim has to be seen beside, and the same number per seed there.
        because: how the number was got.

    Raises:
        TypeError: for an array with another dim than `seed`.
    """
    return _statistical("above", threshold, values, control, because, unit)


def below(
    threshold: float, values: Values, *, control: Control, because: str = "", unit: str = "1"
) -> Claim:
    """Judge whether the mean of `values` over seeds lies below `threshold`; as `above`."""
    return _statistical("below", threshold, values, control, because, unit)


def _statistical(
    direction: Literal["above", "below"],
    threshold: float,
    values: Values,
    control: Control,
    because: str,
    unit: str,
) -> Claim:
    name, base = control
    return statistical(
        "",
        "",
        "",
        values=_per_seed(values),
        threshold=threshold,
        direction=direction,
        unit=unit,
        control=name,
        control_values=_per_seed(base),
        reason=because,
    )


def _per_seed(values: Values) -> np.ndarray:
    if isinstance(values, xr.DataArray) and values.dims not in (("seed",), ()):
        raise TypeError(f"the only dim of a claim's values is seed, found {values.dims}")
    found = np.asarray(values, float)
    if found.ndim > 1:
        raise TypeError(f"a claim's values are one per seed, found the shape {found.shape}")
    return found


def listed(values: xr.DataArray, digits: int = 2) -> str:
    """Means over seeds along the one axis beside it, as text: `topk 0.91, l1 0.85`."""
    means = values.mean("seed")
    (axis,) = means.dims
    names = means[axis].values
    return ", ".join(f"{n} {m:.{digits}f}" for n, m in zip(names, means.values, strict=True))


def within(
    tolerance: float,
    deviation: float | np.ndarray | xr.DataArray,
    *,
    cases: int | None = None,
    because: str = "",
    unit: str = "1",
) -> Claim:
    """Judge whether a deviation from an independent computation is at most `tolerance`.

    Args:
        deviation: the largest one, or the number of violations; or the deviation of each case.
        cases: how many cases were compared; of an array as many as it has by default.
        because: what was compared with what.
    """
    each = np.asarray(deviation)
    cases = each.size if cases is None else cases
    return exact(
        "",
        "",
        "",
        estimate=float(each.max()),
        threshold=tolerance,
        n=cases,
        unit=unit,
        reason=because,
    )
