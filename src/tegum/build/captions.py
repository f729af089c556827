"""Captions of the figures for `snakemake --report`, which reads each from a file."""

import re
import sys
from pathlib import Path
from typing import Any

from tegum.build.project import Project
from tegum.data.files import write_bytes
from tegum.experiment.layout import LOCAL
from tegum.experiment.rooms import load
from tegum.figures import collect

FOLDER = LOCAL / "captions"
MARKUP = re.compile(r"[\\`*_|<>]")
"""What reStructuredText takes for its own."""
OPENING = re.compile(r"\{(?=[{%#])")
"""Where the template begins that Snakemake fills."""


def path(study: str, name: str) -> Path:
    """The file of a figure's caption."""
    return (FOLDER / study / f"{name}.rst").absolute()


def shown(project: Project, study: str, file: str) -> dict[str, Any]:
    """How Snakemake's report shows a figure's file; empty of one that it leaves out."""
    name = Path(file).stem
    if file != project.layout.figure(study, name, "svg"):
        return {}
    labels = {"figure": name.replace("_", " ")}
    where = {"category": study, "subcategory": "figures", "labels": labels}
    return {"caption": str(path(study, name)), **where}


def write(project: Project) -> None:
    """Write the captions of all figures, with the numbers of their claims, if a report is wanted.

    Raises:
        TegumError: where a study has no claims yet.
    """
    if not any(argument.split("=")[0] == "--report" for argument in sys.argv):
        return
    for study in project.studies:
        if not project.figures(study):
            continue
        claims = project.claims_of(study)
        for name, declared in collect(load(study, "figures")).items():
            figure = declared.told(claims)
            parts = (
                ("", figure.caption),
                ("**Shows.** ", figure.shows),
                ("**Not expected.** ", figure.surprise),
            )
            text = "\n\n".join(head + escaped(words) for head, words in parts)
            write_bytes(path(study, name), text.encode() + b"\n")


def escaped(text: str) -> str:
    """Words in which nothing is markup."""
    return OPENING.sub(r"{\\", MARKUP.sub(r"\\\g<0>", text))
