"""Whether every file is the one that `dvc.lock` records. Hashes all of them; writes nothing.

DVC itself trusts its state database and the read-only objects of its cache, and a checkout writes
wherever the manifest of a folder says. Here neither state nor manifest is trusted.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from tegum.errors import TegumError

if TYPE_CHECKING:
    from dvc.output import Output
    from dvc.repo import Repo
    from dvc_data.hashfile.db import HashFileDB

MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass
class Report:
    """What was found."""

    problems: list[str] = field(default_factory=list)
    """A line per file that is missing or differs: which, what was expected, what was found."""
    files: int = 0
    """How many files of the workspace were hashed."""
    objects: int = 0
    """How many objects of the cache and the remote were hashed."""
    absent: list[str] = field(default_factory=list)
    """Outputs that were not pulled yet."""

    @property
    def summary(self) -> str:
        """One line: whether all is well, and how much was checked."""
        found = f"{len(self.problems)} problem(s)" if self.problems else "all as dvc.lock records"
        absent = f"; not pulled yet: {', '.join(self.absent)}" if self.absent else ""
        return f"{found}: hashed {self.files} files and {self.objects} objects{absent}"


def verify(studies: Sequence[str], *, remote: str | None = None) -> Report:
    """Compare the outputs of `studies`, by default all, and their objects with `dvc.lock`.

    Args:
        remote: name of a remote whose objects are checked as well, "" for the default one. What
            was not pulled yet is no problem then.

    Raises:
        TegumError: for an unknown study, and where DVC cannot read the project or the remote.
    """
    report = Report()
    with _repository() as repo:
        stores: dict[str, HashFileDB] = {"cache": repo.cache.local}
        if remote is not None:
            stores["remote"] = repo.cloud.get_remote_odb(remote or None, command="verify")
        wanted: dict[str, dict[str, str]] = {place: {} for place in stores}
        if not studies:
            wanted["cache"] = dict.fromkeys(_all_objects(repo.cache.local), "")
        for out in _outputs(repo, studies):
            try:
                files = _listed(out, stores)
            except TegumError as error:
                report.problems += [f"{out.def_path}: {line}" for line in str(error).splitlines()]
                continue
            if out.exists:
                _check_files(report, repo, out, files)
            elif remote is not None:
                report.absent.append(out.def_path)
            else:
                report.problems.append(f"{out.def_path}: missing; run dvc pull")
            if out.use_cache:
                objects = {md5: f"{out.def_path}/{file}" for file, md5 in files.items()}
                objects[_digest(out)] = out.def_path
                for place in stores if out.exists else stores.keys() - {"cache"}:
                    wanted[place] |= objects
        for place, objects in stores.items():
            _check_objects(report, place, objects, wanted[place])
    return report


@contextmanager
def _repository() -> Iterator["Repo"]:
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo() as repo:
            yield repo
    except (DvcException, OSError) as error:
        raise TegumError(f"dvc: {error}") from None


def _outputs(repo: "Repo", studies: Sequence[str]) -> list["Output"]:
    known = {stage.addressing: stage.outs for stage in repo.index.stages}
    wrong = [s for s in studies if s not in known]
    if wrong:
        raise TegumError(f"no study {wrong[0]!r} in dvc.yaml; expected one of {', '.join(known)}")
    return [out for name in studies or known for out in known[name]]


def _listed(out: "Output", stores: Mapping[str, "HashFileDB"]) -> dict[str, str]:
    """The files of an output and their MD5: those of a folder by the first whole manifest."""
    from dvc_data.hashfile.hash import file_md5

    digest = _digest(out)
    if not digest.endswith(".dir"):
        return {".": digest}
    for objects in stores.values():
        path: Any = objects.oid_to_path(digest)
        if objects.fs.isfile(path) and f"{file_md5(path, objects.fs)}.dir" == digest:
            return read_manifest(objects.fs.cat_file(path))
    places = " and ".join(stores)
    raise TegumError(f"no whole manifest {digest} in {places}; run dvc pull, or dvc repro --force")


def _digest(out: "Output") -> str:
    digest = out.hash_info.value if out.hash_info else None
    if not digest:
        raise TegumError("not in dvc.lock; run dvc repro")
    return digest


def read_manifest(content: bytes) -> dict[str, str]:
    """Relative path to MD5 of the files that a checkout of a folder would write.

    Raises:
        TegumError: a line per entry that a checkout must not follow: outside the folder, given
            twice, or not the name of an object.
    """
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        raise TegumError("its manifest is not valid JSON; do not check it out") from None
    files: dict[str, str] = {}
    problems = []
    for entry in entries if isinstance(entries, list) else [entries]:
        match entry:
            case {"relpath": str(file), "md5": str(md5)} if MD5.fullmatch(md5):
                if _leaves(file):
                    problems.append(f"its manifest names {file!r}, which is not inside the folder")
                elif file in files:
                    problems.append(f"its manifest names {file!r} twice")
                files[file] = md5
            case _:
                problems.append(f"its manifest has an entry that names no object: {entry!r:.80}")
    if problems:
        raise TegumError("\n".join(f"{p}; do not check it out" for p in problems))
    return files


def _leaves(file: str) -> bool:
    """Whether a relative path is anything but the plain name of something inside its folder."""
    plain = PurePosixPath(file)
    parts = {*plain.parts, *PureWindowsPath(file).parts}
    rooted = plain.is_absolute() or bool(PureWindowsPath(file).anchor)
    return rooted or ".." in parts or str(plain) != file or file == "." or "\0" in file


def _check_files(report: Report, repo: "Repo", out: "Output", files: Mapping[str, str]) -> None:
    from dvc.fs import localfs
    from dvc_data.hashfile.hash import file_md5

    root = Path(repo.root_dir).resolve()
    for file, expected in sorted(files.items()):
        path = Path(out.fs_path, file)
        name = Path(out.def_path, file)
        if not path.parent.resolve().is_relative_to(root):
            report.problems.append(f"{name}: a link leads outside the repository; remove it")
        elif not path.is_file():
            report.problems.append(f"{name}: missing, expected md5 {expected}; run dvc checkout")
        else:
            report.files += 1
            found = file_md5(str(path))
            if found != expected:
                what = f"expected md5 {expected}, found {found}"
                report.problems.append(f"{name}: {what}; delete it and run dvc checkout")
    if Path(out.fs_path).is_dir():
        for path in sorted(repo.dvcignore.find(localfs, out.fs_path)):
            file = Path(path).relative_to(out.fs_path)
            if file.as_posix() not in files:
                report.problems.append(f"{out.def_path}/{file}: not in dvc.lock; run dvc repro")


def _all_objects(objects: "HashFileDB") -> list[str]:
    """Names of what is in a store, but for what a write that failed left there."""
    found = ("".join(objects.fs.parts(p)[-2:]) for p in objects.fs.find(objects.path))
    return [oid for oid in found if MD5.fullmatch(oid.removesuffix(".dir"))]


def _check_objects(
    report: Report, place: str, objects: "HashFileDB", wanted: Mapping[str, str]
) -> None:
    """Hash objects, and read the manifests among them. `wanted`: name to the file that needs it."""
    from dvc_data.hashfile.hash import file_md5

    for digest, file in sorted(wanted.items()):
        path: Any = objects.oid_to_path(digest)
        name = f"{place} object {path}" + (f" of {file}" if file else "")
        if not objects.fs.isfile(path):
            report.problems.append(f"{name}: missing; run dvc fetch, or dvc repro --force")
            continue
        report.objects += 1
        found = file_md5(path, objects.fs)
        if found != digest.removesuffix(".dir"):
            report.problems.append(
                f"{name}: expected md5 {digest.removesuffix('.dir')}, found {found}; delete it and "
                "run dvc fetch, or dvc repro --force"
            )
        elif digest.endswith(".dir") and not file:
            try:
                read_manifest(objects.fs.cat_file(path))
            except TegumError as error:
                report.problems += [f"{name}: {line}" for line in str(error).splitlines()]
