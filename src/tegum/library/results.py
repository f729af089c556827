"""`tegum.open` and `tegum.claims`: results of the studies, from files or from DVC."""

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args, overload

from tegum.data import files, netcdf
from tegum.errors import TegumError
from tegum.experiment.layout import Layout
from tegum.experiment.params import ROW_STAGES

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from tegum.build.dvc import Tree

COLUMNS = (
    "id verdict statement estimate ci_low ci_high unit direction threshold n control "  # noqa: SIM905
    "control_estimate control_verdict kind reason source scale".split()
)
"""Of the ledger, the order in which they are read."""
STAGES = (*ROW_STAGES, "measure")


@overload
def open(
    study: str,
    sweep: None = None,
    *,
    stage: str = ...,
    rev: str | None = ...,
    repo: str | Path | None = ...,
    scale: str = ...,
) -> "xr.DataTree": ...


@overload
def open(
    study: str,
    sweep: str,
    *,
    stage: str = ...,
    rev: str | None = ...,
    repo: str | Path | None = ...,
    scale: str = ...,
) -> "xr.Dataset": ...


def open(
    study: str,
    sweep: str | None = None,
    *,
    stage: str = "measure",
    rev: str | None = None,
    repo: str | Path | None = None,
    scale: str = "laptop",
) -> "xr.DataTree | xr.Dataset":
    """Labelled results of a study, every axis a named dimension.

    They come from `data/` where they are there, else from DVC's cache or remote; nothing is checked
    out.

    Args:
        study: its name, as `monosemanticity`.
        sweep: the name of one; by default all of them, as a tree.
        stage: `measure`, or whose rows: `generate`, `train`, `fit`, `control`.
        rev: a git revision or the name of a DVC experiment; by default what is there now.
        repo: path or URL of the repository; by default the one around the current folder.
        scale: `laptop`, `smoke` or `paper`.

    Raises:
        TegumError: where there is no such study, sweep, revision or repository.

    Example:
        >>> import tegum
        >>> packing = tegum.open("packing")
        >>> sorted(packing.children)
        ['energy', 'jl', 'pairs']
        >>> tegum.open("packing", "jl")["alpha_c"].attrs["units"]
        '1'
    """
    import xarray as xr

    if stage not in STAGES:
        raise TegumError(f"stage is {stage!r}; give one of {', '.join(STAGES)}")
    source = Source(repo, rev)
    folder = f"{Layout(scale).data(study)}/{stage}"
    paths = [path for path in source.paths(folder) if path.endswith(".nc")]
    found: dict[str, list[str]] = {}
    for path in paths:
        name = Path(path).relative_to(folder).parts[0]
        found.setdefault(name.removesuffix(".nc"), []).append(path)
    if not found:
        raise TegumError(_nothing(source, study, stage, scale))
    if sweep is None:
        return xr.DataTree.from_dict({s: _dataset(source, of) for s, of in found.items()})
    if sweep not in found:
        raise TegumError(f"sweep is {sweep!r}; {study} has {', '.join(found)} at stage {stage}")
    return _dataset(source, found[sweep])


def claims(
    study: str | None = None,
    *,
    verdict: str | None = None,
    rev: str | None = None,
    repo: str | Path | None = None,
    scale: str = "laptop",
) -> "pd.DataFrame":
    """The ledger: a row per claim, with its verdict, estimate, interval, threshold and control.

    Args:
        study: only its claims.
        verdict: only those that `holds`, `fails`, or are `inconclusive`.
        rev: as for `tegum.open`, as are the next two.
        repo: of the project.
        scale: of the results.

    Raises:
        TegumError: where there is no such study, verdict, revision or repository.

    Example:
        >>> import tegum
        >>> tegum.claims("packing", verdict="holds").index[0]
        'packing.p1'
    """
    import pandas as pd

    from tegum.ledger.claim import Verdict

    verdicts = get_args(Verdict)
    if verdict is not None and verdict not in verdicts:
        raise TegumError(f"verdict is {verdict!r}; give one of {', '.join(verdicts)}")
    source, layout = Source(repo, rev), Layout(scale)
    rows = files.parse_json("results", source.content(layout.ledger()))
    if study is not None:
        known = sorted({row["id"].split(".")[0] for row in rows})
        if study not in known:
            raise TegumError(f"study is {study!r}; give one of {', '.join(known)}")
        rows = [row for row in rows if row["id"].startswith(f"{study}.")]
    if verdict is not None:
        rows = [row for row in rows if row["verdict"] == verdict]
    return pd.DataFrame(rows, columns=COLUMNS).set_index("id")


class Source:
    """The files of a project: those of a folder where they are there, else what DVC knows.

    Args:
        repo: path or URL; by default the project around the current folder.
        rev: a revision or experiment; None for what is there now.

    Raises:
        TegumError: where no project is found.
    """

    def __init__(self, repo: str | Path | None, rev: str | None) -> None:
        self._repo, self._rev = None if repo is None else str(repo), rev
        folder = Path.cwd() if repo is None else Path(repo)
        places = [folder, *folder.parents] if repo is None else [folder]
        if repo is not None and not folder.exists() and not re.search("[:@]", str(repo)):
            raise TegumError(f"repo is {str(repo)!r}: there is no such folder")
        root = next((place for place in places if (place / "dvc.yaml").is_file()), None)
        if repo is None and root is None:
            raise TegumError(f"{folder} is in no tegum project; give repo=, its path or URL")
        self._root = root if rev is None else None
        self.repo = str(root) if root is not None else self._repo

    @cached_property
    def tree(self) -> "Tree":
        """What git and DVC have."""
        from tegum.build.dvc import Tree

        return Tree(self._rev, self.repo)

    def paths(self, folder: str) -> list[str]:
        """All files under a folder of the project, sorted."""
        if self._root is not None and (self._root / folder).is_dir():
            inside = (self._root / folder).rglob("*")
            return sorted(p.relative_to(self._root).as_posix() for p in inside if p.is_file())
        return self.tree.paths(folder)

    def content(self, path: str) -> bytes:
        """Content of a file of the project."""
        if self._root is not None and (self._root / path).is_file():
            return files.read_bytes(self._root / path)
        return self.tree.content(path)

    def dataset(self, path: str) -> "xr.Dataset":
        """A Dataset of the project, checked against its digest."""
        return netcdf.decode(path, self.content(path))


def _dataset(source: Source, paths: list[str]) -> "xr.Dataset":
    """A measured Dataset; or the rows of buckets, joined, and laid out on their axes."""
    from tegum.data.rows import join, on_grid

    parts = [source.dataset(path) for path in paths]
    if "cell" not in parts[0].dims:
        return parts[0]
    rows = join(parts)
    named = [str(n) for n, v in rows.coords.items() if v.dims == ("cell",)]
    cells = [{n: rows[n].values[i].item() for n in named} for i in range(rows.sizes["cell"])]
    axes = {n: list(dict.fromkeys(sorted(c[n] for c in cells))) for n in named}
    return on_grid(rows, axes, cells)


def _nothing(source: Source, study: str, stage: str, scale: str) -> str:
    paths = [Path(p) for p in source.paths("params")]
    known = sorted(p.stem for p in paths if p.parent.name == "params" and p.suffix == ".yaml")
    if study not in known:
        return f"study is {study!r}; give one of {', '.join(known)}"
    return f"{study} has nothing at stage {stage} and scale {scale}; run snakemake {study} there"
