"""Versions of a study opened: from git, DVC's cache and remote, or the working tree."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from tegum.build import status
from tegum.build.dvc import Tree
from tegum.build.project import CODE, Project
from tegum.data import netcdf
from tegum.data.files import one_line, parse_json
from tegum.errors import TegumError
from tegum.experiment.layout import Layout
from tegum.experiment.params import overlay
from tegum.experiment.validate import copied
from tegum.experiment.yaml_files import parse_yaml
from tegum.versions.comparison import Version

ROOMS = "src/tegum/studies"
Codes = dict[str, dict[str, str]]
"""Study to stage to code fingerprint."""


class ClaimRow(BaseModel):
    """What is compared of a claim; the rest of it stays as it is."""

    id: str
    verdict: str
    n: float | None
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    threshold: float | None


class Read(BaseModel):
    """A study that another one reads."""

    study: str


class Swept(BaseModel):
    """A sweep, as far as it is compared."""

    axes: dict[str, list[Any] | None] = {}


class Declared(BaseModel):
    """The parameters of a study, whatever else they hold."""

    sweeps: dict[str, Swept]
    inputs: list[Read] = []


class Lock(BaseModel):
    """What dvc.lock says of the studies."""

    stages: dict[str, dict[str, Any]]


def opened(
    study: str,
    revision: str | None,
    scale: str,
    sweep: str | None = None,
    repo: str | None = None,
) -> Version:
    """One version of a study.

    Args:
        revision: a git revision or the name of a DVC experiment; None for the working tree.
        sweep: open only this sweep's Dataset.
        repo: path or URL of the project's repository; by default that of the current folder.

    Raises:
        TegumError: when there is no such revision, study or sweep, or its data are gone.
    """
    tree, layout = Tree(revision, repo), Layout(scale)
    raw = _declared(tree, study, scale)
    version = _version(tree, study, scale, raw)
    if sweep is not None and sweep not in version.axes:
        known = ", ".join(version.axes)
        raise TegumError(f"{tree.name}: {study} has no sweep {sweep!r}; it has {known}")
    data = {
        name: _dataset(tree, layout.measure(study, name), study, revision)
        for name in version.axes
        if sweep in (None, name)
    }
    notes = version.notes
    here = revision is None and repo is None and Path(layout.data(study)).is_dir()
    if scale == "laptop" and here:
        stale = status.reasons(Project(scale), study)
        again = f"not up to date, tegum why {study} says why; run snakemake {study}"
        notes = (again,) * bool(stale)
    return replace(version, data=data, files=_sources(tree, set(raw)), notes=notes)


def studies_of(tree: Tree) -> list[str]:
    """Names of the studies of a version."""
    return [Path(p).stem for p in tree.paths("params") if p.count("/") == 1 and p.endswith(".yaml")]


def without_data(tree: Tree, study: str, scale: str) -> Version:
    """A version without Datasets and sources: what is declared and claimed, and dvc.lock's notes.

    Raises:
        TegumError: when there is no such study, or its files cannot be read.
    """
    return _version(tree, study, scale, _declared(tree, study, scale))


def _declared(tree: Tree, study: str, scale: str) -> dict[str, dict[str, Any]]:
    """The parameters of a study and of those that it reads, also through others."""
    raw = {study: _params(tree, study, scale)}
    for other in (queue := [study]):
        for name in [i["study"] for i in raw[other].get("inputs", [])]:
            if name not in raw:
                raw[name] = _params(tree, name, scale)
                queue.append(name)
    return raw


def _version(tree: Tree, study: str, scale: str, raw: Mapping[str, dict[str, Any]]) -> Version:
    sweeps = copied(raw[study], f"params/{study}.yaml")["sweeps"]
    code = _json(tree, CODE, Codes)
    return Version(
        study=study,
        name=tree.name,
        data={},
        axes={name: spec.get("axes", {}) for name, spec in sweeps.items()},
        params={n: v for s, p in raw.items() for n, v in _flat(p, _prefix(s, study))},
        code={n: v for s in raw for n, v in _flat(code.get(s, {}), _prefix(s, study))},
        files={},
        claims=_json(tree, Layout(scale).results(study, "claims"), list[ClaimRow]),
        notes=_unrecorded(tree, study, raw[study], code.get(study)) if scale == "laptop" else (),
    )


def _params(tree: Tree, study: str, scale: str) -> dict[str, Any]:
    """Parameters as they were written; the code of today need not know them."""
    path, over = f"params/{study}.yaml", f"params/{scale}/{study}.yaml"
    there = tree.paths("params")
    if path not in there:
        known = ", ".join(studies_of(tree))
        raise TegumError(f"{tree.name}: no study {study!r}; expected one of {known}")
    raw = parse_yaml(_text(tree, path), path)
    if over in there:
        raw = overlay(raw, parse_yaml(_text(tree, over), over))
    return _shaped(tree, path, Declared, raw)


def _text(tree: Tree, path: str) -> str:
    try:
        return tree.content(path).decode()
    except UnicodeDecodeError as error:
        where = f"{tree.name}: {path}"
        raise TegumError(f"{where}: not UTF-8 ({error.reason} at byte {error.start})") from None


def _json(tree: Tree, path: str, shape: Any) -> Any:
    try:
        found = parse_json(path, tree.content(path))
    except ValueError as error:
        raise TegumError(f"{tree.name}: {path}: not valid JSON ({one_line(error)})") from None
    return _shaped(tree, path, shape, found)


def _shaped(tree: Tree, path: str, shape: Any, found: Any) -> Any:
    """What was read. Raises `TegumError` where it is not of the wanted shape."""
    try:
        TypeAdapter(shape).validate_python(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise TegumError(f"{tree.name}: {path}: {where}: {first['msg']}") from None
    return found


def _dataset(tree: Tree, path: str, study: str, revision: str | None) -> Any:
    try:
        content = tree.content(path)
    except TegumError as error:
        where = "" if revision is None else f"git worktree add ../{study} {revision}, there "
        raise TegumError(
            f"{error}\nrun dvc push --all-commits where {study} was built, "
            f"or build it again: {where}snakemake {study}"
        ) from None
    return netcdf.decode(f"{tree.name}: {path}", content)


def _prefix(study: str, main: str) -> str:
    return "" if study == main else f"{study}/"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested mappings as dotted names."""
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _sources(tree: Tree, studies: set[str]) -> dict[str, str]:
    """Digest of each source file, but for those of studies that have no part in it."""
    paths = [p for p in tree.paths("src/tegum") if p.endswith(".py")]
    others = [p for p in paths if p.startswith(ROOMS) and p.count("/") > ROOMS.count("/") + 1]
    kept = set(paths).difference(p for p in others if p.split("/")[3] not in studies)
    return {p: hashlib.sha256(tree.content(p)).hexdigest() for p in sorted(kept)}


def _unrecorded(tree: Tree, study: str, params: dict[str, Any], code: Any) -> tuple[str, ...]:
    """Whether the recorded data are known to be those of other parameters or code."""
    lock = parse_yaml(_text(tree, "dvc.lock"), f"{tree.name}: dvc.lock")
    recorded = _shaped(tree, "dvc.lock", Lock, lock)["stages"].get(study, {}).get("params", {})
    now = {f"params/{study}.yaml": params, CODE: {study: code}}
    wrong = [path for path, value in now.items() if recorded.get(path) != value]
    return tuple(f"{path} is not what the data were made from (dvc.lock)" for path in wrong)
