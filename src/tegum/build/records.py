"""Snakemake's records of what a result was made from, made to travel.

Snakemake knows why a file is up to date from a record that lies in `.snakemake/`, which stays
on one machine. `seal` copies a study's records into its data, and `restore` puts them back, so
that a clone with pulled data knows what a build knows.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tegum.data.files import read_json, read_text, sha256, write_bytes, write_json
from tegum.errors import TegumError
from tegum.experiment.layout import Layout

FORMAT = 6
"""Version of the format of Snakemake's records."""
RECORDS = Path(".snakemake/metadata")
DIFFERS = "content differs from what was recorded"


def record_path(file: str) -> Path:
    """Where Snakemake keeps its record of one output."""
    name = base64.urlsafe_b64encode(file.encode()).decode()
    parts = [name[i : i + 254] for i in range(0, len(name), 254)]
    return RECORDS.joinpath(*[f"@{p}" for p in parts[:-1]], parts[-1])


def record_of(file: str) -> dict[str, Any] | None:
    """Snakemake's record of one output; None where there is none, or a torn one."""
    try:
        record = read_json(record_path(file))
    except TegumError:
        return None
    return record if isinstance(record, dict) else None


def _mark(layout: Layout, study: str) -> Path:
    """Lies with the records: whoever loses them loses the mark as well."""
    return RECORDS.parent / "tegum" / layout.scale / f"{study}.txt"


def seal(layout: Layout, study: str, files: Iterable[str]) -> list[str]:
    """Write a study's records and digests beside its data.

    To be called only when Snakemake has just said that the study is complete. Returns the files
    without a record (then nothing is written).
    """
    records: dict[str, Any] = {}
    hashes: dict[str, str] = {}
    missing = []
    for file in files:
        record = record_of(file)
        if record is None or not Path(file).is_file():
            missing.append(file)
            continue
        drop = ("starttime", "endtime", "job_hash", "shellcmd", "external_jobid")
        records[file] = {k: v for k, v in record.items() if k not in drop}
        hashes[file] = sha256(file)
    if missing:
        return missing
    path = layout.provenance(study)
    write_json(path, {"hashes": hashes, "records": records})
    write_bytes(_mark(layout, study), sha256(path).encode())
    return []


def restore(layout: Layout, study: str, files: Iterable[str]) -> bool:
    """Make Snakemake's records say what the files are; returns whether a new seal was found.

    Records are put back from the seal when the data came from elsewhere since the last time, or
    came back (also those of files that did not change meanwhile: their records may name inputs of
    another revision), and for every file that was written without Snakemake (a checkout, a hand, a
    killed job). A file that is not the sealed one gets a record that makes Snakemake run its job
    again: no file is trusted because nobody said anything about it.
    """
    path, mark = Path(layout.provenance(study)), _mark(layout, study)
    sealed: Mapping[str, Any] = {}
    new = False
    if path.is_file():
        found = sha256(path)
        new = not mark.is_file() or read_text(mark) != found
        sealed = _sealed(path)
    built = _witnessed(layout, study)
    wanted = set(files)
    every = wanted | sealed.keys()
    unvouched = {f: _digest(f) for f in every if not _vouched(f)}
    back = {f for f in unvouched.keys() & sealed.keys() if unvouched[f] == sealed[f][1]}
    believed = new or any(unvouched[f] != built.get(f) for f in back & wanted)
    for file in every:
        record, digest = sealed.get(file, (None, None))
        if not (believed and record) and file not in unvouched:
            continue
        found_as = unvouched[file] if file in unvouched else _digest(file)
        sealed_so = record is not None and found_as in (None, digest)
        known = record_of(file)
        if known and found_as == built.get(file, "") and not (believed and sealed_so):
            record = known
        elif not sealed_so:
            record = {"record_format_version": FORMAT, **(record or {}), "params": [DIFFERS]}
        write_json(record_path(file), record)
    if new:
        write_bytes(mark, found.encode())
    return new


def _digest(file: str) -> str | None:
    return sha256(file) if Path(file).is_file() else None


def witness(layout: Layout, study: str, files: Iterable[str]) -> None:
    """After a build: note what its files are, so that touching them means nothing."""
    built = _witnessed(layout, study)
    built |= {f: sha256(f) for f in files if Path(f).is_file() and _vouched(f)}
    write_json(_witness(layout, study), built)


def _witness(layout: Layout, study: str) -> Path:
    return _mark(layout, study).with_suffix(".built.json")


def _witnessed(layout: Layout, study: str) -> dict[str, str]:
    try:
        found = read_json(_witness(layout, study))
    except TegumError:
        return {}
    return found if isinstance(found, dict) else {}


def _vouched(file: str) -> bool:
    """Whether a whole record of a job is younger than the file, or there is no file.

    Younger than its last change of any kind: a file that is moved here keeps its time of writing.
    """
    try:
        older = Path(file).stat().st_ctime_ns <= record_path(file).stat().st_mtime_ns
    except FileNotFoundError:
        return not Path(file).is_file()
    record = record_of(file)
    return older and record is not None and record.get("params") != [DIFFERS]


def adopt(file: str, inputs: Sequence[str]) -> None:
    """Record that `file` was made from `inputs` as they are; for what the caller has just checked.

    Nothing happens when Snakemake's record is of this very file.
    """
    if not _vouched(file):
        checksums = {i: f"sha256:{sha256(i)}" for i in inputs}
        record = {
            "record_format_version": FORMAT,
            "input": sorted(inputs),
            "input_checksums": checksums,
        }
        write_json(record_path(file), record)


def disown(file: str) -> None:
    """Make Snakemake run the job of `file` again, whatever it has recorded of it."""
    write_json(record_path(file), {"record_format_version": FORMAT, "params": [DIFFERS]})


def _sealed(path: Path) -> dict[str, tuple[dict[str, Any], str | None]]:
    """File to its record and digest; only files that a study can have. None of a torn seal."""
    try:
        content = read_json(path)
    except TegumError:
        return {}
    match content:
        case {"hashes": {**hashes}, "records": {**records}}:
            return {
                file: (record, hashes.get(file))
                for file, record in records.items()
                if isinstance(record, dict)
                and file.split("/")[0] in ("data", "results")
                and ".." not in file.split("/")
            }
    return {}
