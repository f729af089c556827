"""Claims as the pages show them, and the five that the first page names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tegum.ledger import report
from tegum.site.interval import interval_svg

PUBLISHED = re.compile(r"(?!derived)(?=.*(?:\b(?:19|20)\d\d\b|arXiv))", re.DOTALL)
"""A source with a year or an arXiv number: a statement of somebody who can be read."""
REFERS_BACK = re.compile(r"(That|This|They|It|So|The same|As|Also|Both|Their|Its|Those)\b")
"""How a statement begins that cannot be read without the one before it."""
AUTHOR = re.compile(r"[;,:(]| (?:et al\.|(?:19|20)\d\d|comments|from the|after|at this)")
"""What follows, in a source, on who said it."""
HEADLINES, FAILING = 5, 2
"""Number of headlines, and how many of them may be of claims that fail."""


@dataclass(frozen=True)
class Shown:
    """One claim in the words of the pages."""

    row: Mapping[str, Any]
    """Of the ledger."""
    figures: tuple[str, ...] = ()
    """The figures of its study whose texts quote it."""
    larger: Mapping[str, Any] | None = None
    """What was found of it at paper scale, where that was tested."""

    @property
    def at_paper_scale(self) -> str:
        """Verdict, estimate and interval at paper scale; empty where it was not tested there."""
        if self.larger is None:
            return ""
        return f"{self.larger['verdict']}: {report.interval(self.larger)}"

    @property
    def study(self) -> str:
        """Its study."""
        return study_of(self.row)

    @property
    def address(self) -> str:
        """Where it stands, from the root of the site; the same for as long as its id."""
        return f"studies/{self.study}.html#{self.row['id']}"

    @property
    def estimate(self) -> str:
        """Estimate and interval."""
        return report.interval(self.row)

    @property
    def expected(self) -> str:
        """What the estimate is compared with."""
        return report.expected(self.row).replace("<=", "≤")

    @property
    def control(self) -> str:
        """Its control and the estimate under it."""
        return report.control(self.row)

    @property
    def doubtful(self) -> bool:
        """Whether its rule holds for the control too."""
        return report.doubtful(self.row)

    @property
    def plot(self) -> str:
        """Its interval as SVG."""
        return interval_svg(self.row)

    @property
    def source(self) -> str:
        """Who said it, without where and with which sizes: what the ledger is filtered by."""
        return AUTHOR.split(self.row["source"], maxsplit=1)[0].strip()

    @property
    def words(self) -> str:
        """What a search by free text looks in."""
        names = ("id", "statement", "source", "reason", "control", "unit")
        return " ".join(str(self.row[name] or "") for name in names).lower()


def study_of(row: Mapping[str, Any]) -> str:
    """The study of a claim."""
    return row["id"].split(".", 1)[0]


def headlines(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The findings that the first page names: at most five, each of another study.

    A candidate is decided, is of a published source, can be read alone, is statistical, and does
    not hold for its control as well. Of each study those that fail come before those that hold, and
    then those come first whose interval is farther from the threshold, in parts of that distance
    and the interval's width. At most two of the five fail.
    """
    candidates = sorted(filter(_candidate, rows), key=lambda r: -clearness(r))
    chosen: dict[str, Mapping[str, Any]] = {}
    for verdict, most in (("fails", FAILING), ("holds", HEADLINES)):
        for row in candidates:
            if row["verdict"] == verdict and len(chosen) < most:
                chosen.setdefault(study_of(row), row)
    return list(chosen.values())


def clearness(row: Mapping[str, Any]) -> float:
    """Distance of the interval from the threshold, over itself and the interval's width: 0 to 1."""
    away = min(abs(row[end] - row["threshold"]) for end in ("ci_low", "ci_high"))
    return away / (away + row["ci_high"] - row["ci_low"]) if away else 0.0


def _candidate(row: Mapping[str, Any]) -> bool:
    return bool(
        row["verdict"] != "inconclusive"
        and row["ci_low"] is not None
        and row["threshold"] is not None
        and not report.doubtful(row)
        and PUBLISHED.match(row["source"])
        and not REFERS_BACK.match(row["statement"])
    )
