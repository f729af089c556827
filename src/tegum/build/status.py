"""What is missing, damaged or out of date, and why a job would run. Reads, never writes."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tegum.build import records
from tegum.build.execute import schema_of
from tegum.build.project import Project
from tegum.data import netcdf, row_cache
from tegum.errors import TegumError
from tegum.experiment.sweep import Job


def problems(project: Project, studies: Iterable[str]) -> list[str]:
    """One line per file that is missing, damaged, or made from other parameters or code."""
    lines = []
    for study in studies:
        project.check_study(study)
        lines += [f"{f}: missing" for f in project.files(study) if not Path(f).is_file()]
        for job in project.row_jobs(study):
            path = project.row_files(job)[0]
            if Path(path).is_file():
                schema = schema_of(project.plans[study], job.stage, job.sweep)
                lines += _tried(row_cache.load_rows, path, job.keys, schema)
        for sweep in project.params[study].sweeps:
            path = project.layout.measure(study, sweep)
            if Path(path).is_file():
                schema = schema_of(project.plans[study], "measure", sweep)
                lines += _tried(netcdf.load_dataset, path, schema)
        lines += [f"{f}: unfinished" for f in project.files(study) if _unfinished(f)]
    return lines


def _unfinished(file: str) -> bool:
    mark = records.record_path(file)
    return Path(".snakemake/incomplete", *mark.parts[2:]).exists()


def _tried(load: Callable[..., Any], *arguments: Any) -> list[str]:
    try:
        load(*arguments)
    except TegumError as error:
        return str(error).splitlines()
    return []


def reasons(project: Project, study: str | None = None) -> list[str]:
    """One paragraph per job that would run: its name, and what changed since it last ran.

    Args:
        study: by default all studies.
    """
    studies = [study] if study else project.studies
    lines: list[str] = []
    for name in studies:
        project.check_study(name)
        stale: set[str] = set()
        for job in project.row_jobs(name):
            now = job.summary() | {"code": job.code}
            inputs, outputs = project.job_inputs(job), project.row_files(job)
            changed = _changes(outputs, inputs, now, stale) or _changed_rows(outputs[1], job)
            if changed:
                stale |= set(outputs)
                lines.append(f"{job.stage} {name}/{job.sweep}/{job.bucket}: {'; '.join(changed)}")
        for sweep in project.params[name].sweeps:
            now = project.sweep_summary(name, sweep)
            out = [project.layout.measure(name, sweep)]
            changed = _changes(out, project.sweep_inputs(name, sweep), now, stale)
            if changed:
                stale |= set(out)
                lines.append(f"measure {name}/{sweep}: {'; '.join(changed)}")
        data = [project.layout.measure(name, w) for w in project.params[name].sweeps]
        results = [project.layout.results(name, n) for n in ("claims", "metrics")]
        figures = project.figure_files(name)
        for rule, out, stage in (
            ("judge", results, "claims"),
            ("render", figures, "figures"),
        ):
            now = {"code": project.code[name].get(stage, "")}
            read = data + results if rule == "render" else data
            changed = _changes(out, read, now, stale)
            lines += [f"{rule} {name}: {'; '.join(changed)}"] if changed and out else []
    return lines


def _changed_rows(manifest: str, job: Job) -> list[str]:
    try:
        known = row_cache.known_keys(manifest)
    except TegumError as error:
        return [str(error)]
    return [] if known == list(job.keys) else ["rows that it reads have changed"]


def _changes(outputs: list[str], inputs: list[str], now: dict[str, str], stale: set) -> list[str]:
    missing = [f for f in outputs if not Path(f).is_file()]
    if missing:
        return [f"{missing[0]} is missing"]
    above = sorted(stale.intersection(inputs))
    found = [f"{above[0]} will be made again"] if above else []
    record = records.record_of(outputs[0]) if outputs else None
    if record is None:
        return found
    before = [json.loads(p.strip("'")) if p.startswith("'{") else p for p in record["params"]]
    if records.DIFFERS in record["params"]:
        found.append("the file is not the one that was recorded")
    texts = [p.strip("'") for p in record["params"]]
    if now.get("code") and now["code"] not in texts:
        found.append("its code changed")
    for part in ("fixed", "cells", "axes"):
        if part in now and now[part] not in texts:
            found += _difference(part, before, json.loads(now[part]))
    return found


def _difference(part: str, before: list[Any], new: dict[str, Any]) -> list[str]:
    olds = [b for b in before if isinstance(b, dict) and (("values" in b) == (part == "cells"))]
    old = max(olds, key=lambda b: len(b.keys() & new.keys()), default={})
    if part == "cells":
        was, now = ([tuple(v) for v in d.get("values", [])] for d in (old, new))
        axes = ", ".join(new["axes"])
        added, gone = [v for v in now if v not in was], [v for v in was if v not in now]
        found = [f"{len(added)} new cells ({axes}) {added[:3]}"] if added else []
        return found + ([f"{len(gone)} cells gone ({axes}) {gone[:3]}"] if gone else [])
    keys = [k for k in sorted(old.keys() | new.keys()) if old.get(k) != new.get(k)]
    return [f"{k}: {old.get(k, 'nothing')} -> {new.get(k, 'nothing')}" for k in keys]
