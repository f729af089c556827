"""Whether what was built here says what is published: verdicts, estimates, the largest change."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tegum.build import status
from tegum.build.dvc import Tree
from tegum.build.project import Project
from tegum.errors import TegumError
from tegum.versions.align import differences
from tegum.versions.compare import compare
from tegum.versions.comparison import ClaimChange, Version
from tegum.versions.revisions import studies_of, without_data
from tegum.versions.text import arrow


@dataclass(frozen=True)
class Reproduction:
    """Claims built here beside those that are published."""

    published: str
    """What they are compared with."""
    claims: int
    intervals: int
    """Number of published claims, and of those with an estimate and an interval."""
    moved: Sequence[ClaimChange]
    """Claims that only one has, or that have another verdict."""
    outside: Sequence[ClaimChange]
    """Those whose estimate has left the published interval."""
    largest: tuple[float, ClaimChange] | None
    """The largest relative change of an estimate that has an interval, and whose it is."""
    notes: Sequence[str]
    """Why the two may differ for another reason than the machine; usually empty."""

    def text(self) -> str:
        """Three lines: verdicts, intervals, the largest change."""
        verdicts = [f"{c.id} {arrow(c.a or {}, c.b or {}, 'verdict')}" for c in self.moved]
        ids = [c.id for c in self.outside]
        change = "none"
        if self.largest:
            relative, claim = self.largest
            values = arrow(claim.a or {}, claim.b or {}, "estimate")
            change = f"{100 * relative:.3g} % in {claim.id}, {values}"
        return "\n".join(
            [
                f"verdicts moved against {self.published}: {_some(verdicts, self.claims)}",
                f"estimates outside the published interval: {_some(ids, self.intervals)}",
                f"largest relative change of an estimate with an interval: {change}",
            ]
        )

    def described(self) -> dict[str, Any]:
        """The same for programs: ids, and the claim with the largest relative change."""
        largest = self.largest and {"id": self.largest[1].id, "relative_change": self.largest[0]}
        return {
            "published": self.published,
            "claims": self.claims,
            "intervals": self.intervals,
            "moved": [claim.id for claim in self.moved],
            "outside": [claim.id for claim in self.outside],
            "largest": largest,
            "notes": list(self.notes),
        }


def _some(found: Sequence[str], of: int) -> str:
    return f"{len(found)} of {of} ({'; '.join(found)})" if found else f"none of {of}"


def reproduce(revision: str, scale: str) -> Reproduction:
    """Compare the claims on disk with those of a git revision.

    Raises:
        TegumError: when what is on disk is not built, or from other parameters or code; when there
            is no such revision, or its files cannot be read.
    """
    published, here = Tree(revision), Tree(None)
    project = Project(scale)
    for study in project.studies:
        if not Path(project.layout.data(study)).is_dir():
            raise TegumError(f"{study}: not built; run snakemake {study}, or dvc pull")
    stale = status.reasons(project)
    if stale:
        raise TegumError(f"not up to date: {stale[0]}; run snakemake")
    there = studies_of(published)
    pairs = [
        (without_data(published, s, scale), without_data(here, s, scale))
        for s in project.studies
        if s in there
    ]
    only = sorted({*there} ^ {*project.studies})
    return laid_beside(pairs, published.name, [f"{s}: only in one, not compared" for s in only])


def laid_beside(
    pairs: Sequence[tuple[Version, Version]], published: str, notes: Sequence[str] = ()
) -> Reproduction:
    """What moved between published versions and those built here.

    Claims without an interval are exact: their estimate is the deviation from an independent
    computation, so it is their verdict that says whether it is small enough.
    """
    found = [compare(a, b) for a, b in pairs]
    claims = [claim for a, _ in pairs for claim in a.claims]
    changed = [c for f in found for c in f.claims]
    measured = [c for c in changed if c.a and c.b and _interval(c.a)]
    changes = [(_relative(c), c) for c in measured]
    sizes = [(size, c) for size, c in changes if size > 0]
    other = [
        f"{f.study}: other {what} than there: {', '.join(c.name for c in changes)}"
        for f in found
        for what, changes in (("parameters", f.params), ("code", f.code))
        if changes
    ]
    return Reproduction(
        published=published,
        claims=len(claims),
        intervals=sum(map(_interval, claims)),
        moved=[c for c in changed if not (c.a and c.b) or c.a["verdict"] != c.b["verdict"]],
        outside=[c for c in measured if _outside(c)],
        largest=max(sizes, key=lambda found: found[0], default=None),
        notes=[*notes, *(f"{a.study}: {note}" for a, _ in pairs for note in a.notes), *other],
    )


def _interval(claim: Any) -> bool:
    return all(claim[name] is not None for name in ("estimate", "ci_low", "ci_high"))


def _outside(change: ClaimChange) -> bool:
    """Whether an estimate is not in the published interval, or is none any more."""
    a, b = change.a or {}, change.b or {}
    return b["estimate"] is None or not a["ci_low"] <= b["estimate"] <= a["ci_high"]


def _relative(change: ClaimChange) -> float:
    """|b - a| / max(|a|, |b|) of the estimates; 0 where there is none any more."""
    a, b = ((x or {})["estimate"] for x in (change.a, change.b))
    return 0.0 if b is None else float(differences(np.array(a), np.array(b))[2])
