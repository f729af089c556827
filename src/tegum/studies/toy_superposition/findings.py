"""Findings, grouped by topic with the functions that judge them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import xarray as xr

from tegum.ledger.claims import Claim, untested

Data = Mapping[str, xr.Dataset]
PAPER = "Elhage et al. 2022, Toy Models of Superposition"
PROTOTYPE = f"{PAPER}; size of a small prototype"


@dataclass(frozen=True)
class Finding:
    """What is expected, and where that comes from."""

    id: str
    statement: str
    source: str = PAPER
    sizes: str = "its sweep is not among this scale's params"
    """Which sizes would test it where this scale does not."""
    kind: Literal["exact", "statistical"] = "statistical"

    @property
    def told(self) -> tuple[str, str, str]:
        """Id, statement and source: the first arguments of a claim."""
        return self.id, self.statement, self.source


@dataclass(frozen=True)
class Topic:
    """Findings that are judged together."""

    findings: Sequence[Finding]
    judges: Mapping[tuple[str, ...], Callable[[Data], Sequence[Claim]]]
    """The sweeps that a judge reads, and the judge."""

    def claims(self, data: Data) -> list[Claim]:
        """A claim per finding; `untested` where no judge with all its sweeps knows it."""
        found = [
            claim
            for sweeps, judge in self.judges.items()
            if all(sweep in data for sweep in sweeps)
            for claim in judge(data)
        ]
        known = {claim.id for claim in found}
        return found + [
            untested(*finding.told, reason=finding.sizes, kind=finding.kind)
            for finding in self.findings
            if finding.id not in known
        ]
