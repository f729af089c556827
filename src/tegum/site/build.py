"""`tegum report`: the site written from results, parameters and docs."""

import argparse
import contextlib
import io
import os
from importlib.util import find_spec
from pathlib import Path

from tegum.build.project import Project
from tegum.data.files import forget, read_bytes, replace_folder, write_bytes
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.site import assets, comparisons, docs, pages, reference, views

CONFIGURATION = Path(__file__).parent / "sphinx"
MARK = ".buildinfo"
"""Sphinx leaves this file in what it makes: a folder without it is not replaced."""


def build(
    project: Project,
    parser: argparse.ArgumentParser,
    out: Path = Path("site"),
    against: str | None = None,
) -> int:
    """Write the site.

    Args:
        parser: of the commands, for their reference.
        out: the folder, which is replaced as a whole.
        against: a revision that the results are compared with; None compares nothing.

    Returns:
        The number of pages.

    Raises:
        TegumError: where results are missing, a page cannot be made, or `out` is something else.
    """
    if out.exists() and not (out / MARK).is_file():
        raise TegumError(f"{out}: is there, and is no site that tegum made; choose another folder")
    _installed()
    found = comparisons.compared(project, against)
    studies = [views.study_view(project, study) for study in project.studies]
    texts = pages.pages(studies, docs.toctrees(), found) | docs.pages() | reference.library()
    texts["reference/cli.md"] = reference.command_line(parser)
    files = assets.assets(project, studies, found)
    work = LOCAL / f"site-{os.getpid()}"
    try:
        for path, text in texts.items():
            write_bytes(work / "source" / path, text.encode())
        for path in docs.pictures():
            write_bytes(work / "source" / path, read_bytes(path))
        for path, content in files.items():
            write_bytes(work / "copied" / path, content)
        _run_sphinx(work.absolute())
        replace_folder(out, work / "html")
    finally:
        forget(work)
    return len(texts)


def _installed() -> None:
    for name in ("sphinx", "furo", "myst_parser", "griffe"):
        if find_spec(name) is None:
            raise TegumError(f"{name} is not installed; run make site")


def _run_sphinx(work: Path) -> None:
    """Make HTML of the folder `source` beside the files in `copied`.

    Raises:
        TegumError: with what Sphinx said, when it warns.
    """
    from sphinx.application import Sphinx  # pyright: ignore[reportMissingImports]
    from sphinx.errors import SphinxError  # pyright: ignore[reportMissingImports]
    from sphinx.util.docutils import docutils_namespace  # pyright: ignore[reportMissingImports]

    warnings = io.StringIO()
    settings = {"html_extra_path": [str(work / "copied")]}
    try:
        with docutils_namespace(), contextlib.redirect_stdout(io.StringIO()):
            app = Sphinx(
                srcdir=work / "source",
                confdir=CONFIGURATION,
                outdir=work / "html",
                doctreedir=work / "doctrees",
                buildername="html",
                confoverrides=settings,
                status=None,
                warning=warnings,
            )
            app.build()
    except SphinxError as error:
        raise TegumError(f"the site cannot be made: {error}") from None
    said = warnings.getvalue().strip()
    if said:
        raise TegumError(f"pages of the site are wrong:\n{said}")
