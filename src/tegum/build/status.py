"""What is missing, damaged or out of date, and why a job would run. Reads, never writes."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tegum.build import recipes, records
from tegum.build.execute import schema_of
from tegum.build.project import Project
from tegum.build.recipes import Recipe
from tegum.data import netcdf, row_cache
from tegum.data.digests import Digests
from tegum.errors import TegumError


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
    digests = Digests()
    lines: list[str] = []
    for name in [study] if study else project.studies:
        project.check_study(name)
        makings = records.Makings(project.layout.provenance(name), digests)
        stale: set[str] = set()
        for recipe in recipes.recipes(project, name):
            changed = _changes(recipe, makings, stale)
            if changed:
                stale |= set(recipe.outputs)
                lines.append(f"{recipe.name}: {'; '.join(changed)}")
    return lines


def _changes(recipe: Recipe, makings: records.Makings, stale: set[str]) -> list[str]:
    missing = [f for f in recipe.outputs if not Path(f).is_file()]
    if missing:
        return [f"{missing[0]} is missing"]
    above = sorted(stale.intersection(recipe.inputs))
    found = [f"{above[0]} will be made again"] if above else []
    making = makings.of(recipe)
    if making is None:
        return found or [makings.untrue(recipe)]
    before, now = making.params, recipe.params
    if now["code"] not in before:
        found.append("its code changed")
    if "metrics" in now and now["metrics"] not in before:
        found.append("its metrics are others than they were")
    olds = [json.loads(p) for p in before if p.startswith("{")]
    for part in ("fixed", "cells", "axes"):
        if part in now and now[part] not in before:
            found += _difference(part, olds, json.loads(now[part]))
    if not found and before != recipe.values:
        found.append("rows that it reads have changed")
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
