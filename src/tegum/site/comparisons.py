"""The results here beside those of an earlier version, as `tegum compare` shows them."""

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tegum.build.project import Project
from tegum.errors import TegumError

if TYPE_CHECKING:
    from tegum.versions.comparison import Version

TOP = 3
"""How many of the largest differences a page shows."""


@dataclass(frozen=True)
class ComparedStudy:
    """One study in both versions."""

    study: str
    words: str
    page: str | None
    """Path of its page from the root of the site; None where nothing differs, or for an error."""


@dataclass(frozen=True)
class Compared:
    """What was compared."""

    revision: str | None = None
    note: str = "No comparison was asked for."
    studies: list[ComparedStudy] = field(default_factory=list)
    pages: dict[str, bytes] = field(default_factory=dict)
    """Path from the root of the site to content."""


def previous() -> str | None:
    """The commit before the last one that recorded results in dvc.lock; None without one."""
    command = ["git", "log", "--format=%h", "--max-count=2", "--", "dvc.lock"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    found = ran.stdout.split()
    return found[1] if len(found) > 1 else None


def compared(project: Project, revision: str | None) -> Compared:
    """Every study here beside the same study at a revision.

    Args:
        revision: of git or a DVC experiment; None compares nothing.
    """
    if revision is None:
        return Compared()
    studies, pages = [], {}
    for study in project.studies:
        try:
            words, content = _study(study, revision, project.scale)
        except TegumError as error:
            words, content = str(error).splitlines()[0], None
        path = f"comparisons/{study}.html" if content else None
        if path and content:
            pages[path] = content
        studies.append(ComparedStudy(study, words, path))
    return Compared(revision, "", studies, pages)


def _study(study: str, revision: str, scale: str) -> tuple[str, bytes | None]:
    from tegum.versions.compare import compare
    from tegum.versions.page import page

    a, b, note = _versions(study, revision, scale)
    found = compare(a, b, top=TOP)
    if found.equal:
        return f"no difference{note}", None
    turned = sum((c.a or {}).get("verdict") != (c.b or {}).get("verdict") for c in found.claims)
    words = (
        f"{len(found.params)} parameters, code of {len(found.code)} stages, "
        f"{len(found.claims)} claims ({turned} of another verdict) and {len(found.sweeps)} of "
        f"{len(b.data)} datasets differ{note}"
    )
    return words, page(a, b, found, TOP)


def _versions(study: str, revision: str, scale: str) -> "tuple[Version, Version, str]":
    """Both versions, and what is to be said where the data of the earlier one are gone."""
    from tegum.build.dvc import Tree
    from tegum.versions.revisions import opened, without_data

    try:
        return opened(study, revision, scale), opened(study, None, scale), ""
    except TegumError:
        a, b = (without_data(Tree(r), study, scale) for r in (revision, None))
        return a, b, "; the datasets of that version are not kept here, and were not compared"
