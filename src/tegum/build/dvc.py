"""What DVC versions: `dvc.yaml`, the seal of a built study, and the files of other versions."""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tegum.build import recipes, records
from tegum.build.loaded import planned
from tegum.build.project import CODE, PUBLISHED, Project, published_sweeps
from tegum.data.digests import Digests
from tegum.data.files import forget, json_bytes, read_bytes, write_bytes, write_json
from tegum.errors import TegumError
from tegum.experiment.layout import Layout

MADE = (".nc", ".json", ".svg", ".png", ".html")
"""Suffixes of what a study makes."""
REVISION = re.compile(r"(?!.*\.\.)(@|\w[\w./+-]*)([~^]\d*|@\{\d+\})*")
"""What may name a commit: not a range, a file or a folder of one, or a search."""
PLOT = "claims"
"""Template in .dvc/plots: estimate, interval and threshold of each claim, a line per version."""
HEADER = "# Written by `tegum sync` from params/*.yaml: one stage per study. Do not edit.\n"


def dvc_yaml(project: Project) -> str:
    """The text of `dvc.yaml`: what is versioned, and which studies read which."""
    layout = project.layout
    stages = {}
    for study in project.studies:
        others = sorted({i.study for i in project.params[study].all_inputs()})
        results = [layout.results(study, n) for n in ("claims", "metrics")]
        stages[study] = {
            "cmd": f"sh workflow/build {study}",
            **({"deps": [layout.data(s) for s in others]} if others else {}),
            "params": [{f"params/{study}.yaml": None}, {CODE: [study]}],
            "outs": [
                {layout.data(study): {"persist": True}},
                {results[0]: {"cache": False, "persist": True}},
            ],
            "metrics": [{results[1]: {"cache": False, "persist": True}}],
        }
    stages |= {f"{study}-paper": _of_paper(study) for study in published_sweeps()}
    plots: list[dict[str, Any]] = [
        {layout.results(s, "claims"): {"template": PLOT, "x": "estimate", "y": "id", "title": s}}
        for s in project.studies
    ]
    # Pictures of two versions stand side by side in `dvc plots diff`.
    plots += [
        {layout.figure(s, name, "png"): None}
        for s in project.studies
        for name in project.figures(s)
    ]
    text = yaml.safe_dump({"stages": stages, "plots": plots}, sort_keys=False, width=100)
    return HEADER + text.replace(": null", ":")


def _of_paper(study: str) -> dict[str, Any]:
    """What is published of a study at paper scale, which only `dvc commit` records.

    DVC runs no frozen stage, so that a change of code does not start an hour of work.
    """
    layout = Layout("paper")
    files = [f"params/{study}.yaml", f"params/paper/{study}.yaml", PUBLISHED.as_posix()]
    results = [layout.results(study, n) for n in ("claims", "metrics")]
    kept = [{path: {"cache": False, "persist": True}} for path in results]
    return {
        "cmd": f"sh workflow/build {study} paper",
        "params": [*({path: None} for path in files), {CODE: [study]}],
        "outs": [{layout.data(study): {"persist": True}}, *kept],
        "frozen": True,
    }


def seal(project: Project, study: str) -> None:
    """Make a complete study's records travel with its data, and files that it no longer has not.

    What is removed are buckets and figures of earlier parameters; their rows stay in the local
    cache, where a build looks for them. The ledger is joined again, since `dvc repro` and
    experiments build studies and never the ledger.

    Raises:
        TegumError: when a file was not seen made from these parameters and this code.
    """
    path = project.layout.provenance(study)
    unseen = records.seal(path, recipes.recipes(project, study), Digests())
    if unseen:
        raise TegumError(
            f"{study}: {len(unseen)} files were not made from these parameters and this code, "
            f"e.g. {unseen[0]}; run snakemake {study}"
        )
    kept = {*project.files(study), path}
    for path in Path(project.layout.data(study)).rglob("*"):
        if path.suffix in MADE and path.as_posix() not in kept:
            forget(path)
    if all(Path(f).is_file() for f in project.claims_files()):
        write_json(project.layout.ledger(), project.ledger())


def sync(project: Project, code: dict[str, dict[str, str]] | None = None) -> list[str]:
    """Refresh dvc.yaml and the code fingerprints; returns the files that changed.

    Args:
        code: the fingerprints, where the caller has just computed them.
    """
    code = code or planned(project.studies)
    changed = []
    for path, content in (
        ("dvc.yaml", dvc_yaml(project).encode()),
        (CODE, json_bytes(code)),
    ):
        try:
            same = read_bytes(path) == content
        except TegumError:
            same = False
        if not same:
            write_bytes(path, content)
            changed.append(path)
    return changed


@cache
def _cloned(url: str) -> TemporaryDirectory[str]:
    """A clone that lasts as long as the process.

    DVC itself looks for a remote that lies in the repository, as `published/` does, on this disk.
    """
    from dvc.scm import clone

    folder = TemporaryDirectory(prefix="tegum-")
    clone(url, folder.name).close()
    return folder


class Tree:
    """The files of a git revision or a DVC experiment, or those of the working tree.

    Nothing is checked out. What DVC versions comes from the working tree, the local cache or the
    remote, in this order.

    Args:
        revision: what git or DVC calls it; None for the working tree.
        repo: path or URL of the project's repository; by default that of the current folder.

    Raises:
        TegumError: when there is no such repository or revision.
    """

    def __init__(self, revision: str | None, repo: str | None = None) -> None:
        from dvc.api import DVCFileSystem
        from dvc.exceptions import DvcException

        self.name = "working tree" if repo is None else repo
        if revision is not None and not REVISION.fullmatch(revision):
            raise TegumError(f"{revision!r} names no commit, branch, tag or experiment")
        try:
            place = repo if repo is None or Path(repo).exists() else _cloned(repo).name
            self._files = DVCFileSystem(url=place, rev=revision)
            if revision is not None:
                self.name = f"{revision} ({self._files.repo.get_rev()[:7]})"
        except DvcException as error:
            raise TegumError(
                f"{revision or self.name}: {error}; git log and dvc exp list show what there is, "
                "git fetch and dvc exp pull bring more"
            ) from None

    def content(self, path: str) -> bytes:
        """Content of one file.

        Raises:
            TegumError: when this version has no such file, or its object is gone.
        """
        from dvc.exceptions import DvcException
        from dvc_data.index import DataIndexError

        try:
            content: Any = self._files.cat_file(path)
            return content
        except (OSError, DvcException, DataIndexError) as error:
            if isinstance(error, FileNotFoundError) and not self._files.exists(path):
                raise TegumError(f"{self.name}: has no file {path}") from None
            raise TegumError(
                f"{self.name}: {path}: its object is neither in the local cache nor in the remote "
                f"({error})"
            ) from None

    def paths(self, folder: str) -> list[str]:
        """All files under a folder, sorted. Raises `TegumError` when this version is damaged."""
        from dvc.exceptions import DvcException

        try:
            return sorted(self._files.find(folder))
        except (OSError, DvcException) as error:
            raise TegumError(f"{self.name}: {folder} cannot be read ({error})") from None
