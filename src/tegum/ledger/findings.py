"""Claims and their verdicts: what was expected, what was found, and whether it holds."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import numpy as np

from tegum.errors import TegumError
from tegum.experiment.params import Section

Verdict = Literal["holds", "fails", "inconclusive"]
MIN_SEEDS = 5
Findings = dict[str, tuple[str, str]]
"""What a study expects: id of a finding to its statement and source."""


def telling(findings: Findings) -> Callable[[str], tuple[str, str, str]]:
    """A function from a finding's id to its id, statement and source: how its claim begins."""
    return lambda name: (name, *findings[name])


class Claim(Section):
    """One row of the ledger."""

    id: str
    """`<study>.<name>`."""
    statement: str
    source: str
    """Where the statement comes from."""
    kind: Literal["exact", "statistical"]
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n: int = 0
    """Number of independent units (seeds) or of exact cases compared."""
    unit: str = "1"
    threshold: float | None = None
    direction: Literal["above", "below"] = "below"
    """On which side of the threshold the estimate has to lie."""
    control: str | None = None
    """What the estimate is compared with."""
    control_estimate: float | None = None
    control_verdict: Verdict | None = None
    """What the claim's rule says of the control: where that holds as well, the estimate alone
    tells nothing that the control's structure does not."""
    verdict: Verdict
    reason: str = ""
    scale: str = ""


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


def lacking(found: Iterable[Claim], findings: Findings, reason: str) -> list[Claim]:
    """An `untested` claim for every finding that `found` has none for."""
    known = {claim.id for claim in found}
    return [untested(id, *findings[id], reason=reason) for id in findings if id not in known]


def judged(study: str, scale: str, findings: Sequence[str], found: Iterable[Claim]) -> list[Claim]:
    """Put the study's name and the scale on its claims, in the order of its findings.

    Raises:
        TegumError: when a finding has no claim, two, or a claim has no finding.
    """
    claims = list(found)
    names = [c.id for c in claims]
    wrong = sorted(set(findings) ^ set(names)) + [n for n in set(names) if names.count(n) > 1]
    if wrong:
        raise TegumError(
            f"studies/{study}/claims.py: {', '.join(wrong)}: every finding in FINDINGS needs "
            "exactly one claim, and every claim a finding"
        )
    order = {name: i for i, name in enumerate(findings)}
    claims.sort(key=lambda c: order[c.id])
    return [c.model_copy(update={"id": f"{study}.{c.id}", "scale": scale}) for c in claims]
