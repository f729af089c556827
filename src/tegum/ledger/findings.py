"""Findings: what is expected, where that comes from, and the function that judges it."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import numpy as np
import xarray as xr

from tegum.errors import TegumError
from tegum.labels import MissingError, at
from tegum.ledger.claims import Claim, untested


class Untested(TegumError):  # noqa: N818
    """What a finding raises when its data cannot test it; the message is the claim's reason."""


@dataclass(frozen=True)
class Finding:
    """What is expected, where that comes from, and the function that judges it."""

    id: str
    judge: Callable[..., Claim]
    """From the Datasets of `sweeps`, or from those of all sweeps by name, to a claim."""
    statement: str
    source: str
    sweeps: tuple[str, ...] | None
    """Sweeps that it reads; None for all that there are."""
    at: Mapping[str, Any]
    """Conditions: axis to the value, or values, that have to be among those of its sweeps."""
    kind: Literal["exact", "statistical"]
    sizes: str
    """Which sizes would test it where a scale does not."""
    converged: float | None
    """Largest change of the loss over the last half of training at which a verdict against the
    statement is one about the world; None where nothing is trained."""
    no_effect: bool
    """Whether the statement says that there is no effect: it then has to be converged to hold."""

    def claim(self, data: Mapping[str, xr.Dataset]) -> Claim:
        """The claim that the data make of this finding."""
        try:
            read = self._read(data)
            found = self.judge(data) if self.sweeps is None else self.judge(*read.values())
        except (MissingError, Untested) as error:
            found = self._untested(str(error))
        else:
            found = self._converged(found, read)
        told = {"id": self.id, "statement": self.statement, "source": self.source}
        return found.model_copy(update=told)

    def _read(self, data: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
        if self.sweeps is None:
            return dict(data)
        absent = [s for s in self.sweeps if s not in data]
        if absent:
            raise Untested(f"the sweep {', '.join(absent)} is not among this scale's params")
        read = {s: data[s] for s in self.sweeps}
        for axis, wanted in self.at.items():
            owners = [s for s, ds in read.items() if axis in ds.coords]
            if not owners:
                raise MissingError(f"there is no axis {axis} in {', '.join(read)}")
            for sweep in owners:
                try:
                    at(read[sweep][axis], **{axis: wanted})
                except MissingError as error:
                    raise MissingError(f"sweep {sweep}: {error}") from None
        return read

    def _untested(self, reason: str) -> Claim:
        sizes = f"; {self.sizes}" if self.sizes else ""
        return untested("", "", "", reason=reason + sizes, kind=self.kind)

    def _converged(self, claim: Claim, read: Mapping[str, xr.Dataset]) -> Claim:
        """The claim, open where a negative verdict could be one about the length of training."""
        negative = claim.verdict == ("holds" if self.no_effect else "fails")
        if self.converged is None or (
            not negative and not (self.no_effect and claim.verdict == "fails")
        ):
            return claim
        moved, steps = self._moved(read)
        if moved is None or moved <= self.converged:
            return claim
        needed = ""
        if steps:
            times = 2 ** math.ceil(math.log2(moved / self.converged))
            needed = f" of at most {steps:,} steps; about {times} times as many would decide"
        reason = (
            f"undertrained: the evaluation loss still moved {moved:.1%} over the last half{needed} "
            f"(tolerance {self.converged:.0%}); by its rule it {claim.verdict}"
        )
        reason += f"; {claim.reason}" * bool(claim.reason)
        return claim.model_copy(update={"verdict": "inconclusive", "reason": reason})

    def _moved(self, read: Mapping[str, xr.Dataset]) -> tuple[float | None, int]:
        """The largest change of the rows that it rests on, and the most steps of any training."""
        moved, steps = None, 0
        for ds in read.values():
            for name in CONVERGENCE:
                if name in ds:
                    where = {a: _listed(v) for a, v in self.at.items() if a in ds[name].dims}
                    values = np.abs(at(ds[name], **where).values)
                    values = values[np.isfinite(values)]
                    if values.size:
                        moved = max(moved or 0.0, float(values.max()))
                        steps = max(steps, int(ds.attrs.get("steps", 0)))
        return moved, steps


CONVERGENCE = ("loss_change",)
"""Variables of measured Datasets that say how far training still moved over its last half."""


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def finding(
    sweeps: str | tuple[str, ...] | None,
    statement: str,
    source: str,
    *,
    at: Mapping[str, Any] | None = None,
    kind: Literal["exact", "statistical"] = "statistical",
    sizes: str = "",
    converged: float | None = None,
    no_effect: bool = False,
) -> "Callable[..., Finding]":
    """Decorate the function that judges one finding; its name is the finding's id.

    The function is given the Dataset of each sweep, and returns what `above`, `below` or `within`
    does. A sweep or a value that is not there (of `at`, or one that `tegum.labels.at` does not
    find) makes the claim untested, with the missing value as its reason. Families:
    `RUNGS = [finding(...)(partial(beats, rung), id=f"beats_{rung}") for rung in LADDER]`.

    Args:
        sweeps: names of the sweeps that it reads; None for a mapping of all.
        statement: what is expected.
        source: who says so.
        at: axis to the value or values at which it is judged.
        kind: of the claim, where it cannot be tested.
        sizes: which sizes would test it where this scale does not.
        converged: largest relative change of the evaluation loss over the last half of training
            at which a verdict against the statement counts.
        no_effect: whether the statement says that nothing changes.
    """

    def decorate(judge: Callable[..., Claim], id: str | None = None) -> Finding:
        name = id or getattr(judge, "__name__", "")
        read = (sweeps,) if isinstance(sweeps, str) else sweeps
        return Finding(
            name, judge, statement, source, read, at or {}, kind, sizes, converged, no_effect
        )

    return decorate


def untestable(id: str, statement: str, source: str, reason: str) -> Finding:
    """A finding that no sweep can test; its claim says what would.

    Args:
        id: of the claim.
        statement: what is expected.
        source: who says so.
        reason: what it needs.
    """

    def judge() -> Claim:
        raise Untested(reason)

    return finding((), statement, source)(judge, id=id)


def collect(module: ModuleType) -> list[Finding]:
    """The findings of a module, or of those that a package names in `TOPICS`, in their order.

    Raises:
        TegumError: where two have one id.
    """
    found: list[Finding] = []
    for value in getattr(module, "TOPICS", list(vars(module).values())):
        if isinstance(value, ModuleType):
            inner = value.__name__.startswith(f"{module.__name__}.")
            found += collect(value) if inner else []
        else:
            several = value if isinstance(value, list | tuple) else [value]
            found += [v for v in several if isinstance(v, Finding)]
    found = list({id(f): f for f in found}.values())
    ids = [f.id for f in found]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise TegumError(f"{module.__name__}: {', '.join(twice)}: two findings of one id")
    return found


def judged(
    study: str, scale: str, module: ModuleType, data: Mapping[str, xr.Dataset]
) -> list[Claim]:
    """Every finding of a study's module `claims` with its verdict, its id and the scale."""
    claims = [finding.claim(data) for finding in collect(module)]
    return [c.model_copy(update={"id": f"{study}.{c.id}", "scale": scale}) for c in claims]
