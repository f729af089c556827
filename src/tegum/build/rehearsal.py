"""`make paper-smoke`: a few steps of every bucket shape of the paper scale, on CPU.

Nothing is saved: the rows go from stage to stage in memory and are checked against the schemas.
"""

import sys
import time
from collections.abc import Iterator
from importlib import import_module

import xarray as xr

from tegum.build.project import Project
from tegum.build.stages import Context
from tegum.data import store
from tegum.data.rows import join, with_axes
from tegum.errors import TegumError
from tegum.experiment.params import ROW_STAGES, StudyParams, overlay, validate
from tegum.experiment.sweep import Plan


def shortened(params: StudyParams) -> StudyParams:
    """The same shapes with one value on every other axis, and the study's `REHEARSAL` values.

    Raises:
        TegumError: when `REHEARSAL` leaves out a row stage, which would run at its full length.
    """
    absent = {s for s in params.CHAIN if s in ROW_STAGES} - params.REHEARSAL.keys()
    if absent:
        raise TegumError(
            f"REHEARSAL of {type(params).__module__} lacks {sorted(absent)}: "
            "give each row stage the values that make it short, {} where it is"
        )
    raw = params.model_dump()
    for stage, values in params.REHEARSAL.items():
        raw[stage] = overlay(raw[stage], values)
    for sweep in raw["sweeps"].values():
        for stage, values in params.REHEARSAL.items():
            sweep[stage] = {k: v for k, v in sweep[stage].items() if k not in values}
        for axis, values in sweep["axes"].items():
            quick = any(axis in v for v in params.REHEARSAL.values())
            sweep["axes"][axis] = values if axis in params.SHAPES and not quick else values[:1]
        sweep["buckets"] = 1
    return validate(type(params), raw, "the rehearsal")


def rehearse(project: Project, study: str, device: str = "cpu") -> Iterator[tuple[str, float]]:
    """Run every distinct bucket shape of a study; yields (stage and shape, seconds)."""
    yield from _rehearse(project, study, shortened(project.params[study]), device, {})


Made = dict[tuple[str, str, str], xr.Dataset]
"""Sweep, stage and bucket to rows."""


def _rehearse(
    project: Project, study: str, params: StudyParams, device: str, made: Made
) -> Iterator[tuple[str, float]]:
    plan = Plan(study, params, project.code[study], device, project.plans[study].others)
    borrowed = _inputs(project, params, device)
    seen: set[str] = set()
    for sweep in params.sweeps:
        for stage in plan.stages(sweep):
            for job in plan.jobs(sweep, stage):
                fixed = job.cells[0].params.model_dump()
                shape = {k: v for k, v in fixed.items() if k in params.SHAPES}
                name = f"{stage} {shape}"
                last = stage == plan.stages(sweep)[-1]
                if name in seen and last:
                    continue
                seen.add(name)
                rows = {
                    s: join([made[sweep, s, b].isel(cell=[r]) for b, r in places])
                    for s, places in job.reads.items()
                }
                rows |= borrowed if stage == plan.stages(sweep)[0] else {}
                started = time.perf_counter()
                module = import_module(f"tegum.studies.{study}.{stage}")
                found = module.run(list(job.cells), rows, Context(device, None, progress=False))
                found = with_axes(found, job.cells)
                store.check(name, found, project.schema(study, stage, sweep))
                made[sweep, stage, job.bucket] = found
                yield name, time.perf_counter() - started


def _inputs(project: Project, params: StudyParams, device: str) -> dict[str, xr.Dataset]:
    """Rows of other studies, from rehearsals of just those, named `<study>.<sweep>`."""
    found = {}
    for entry in params.inputs:
        other = project.params[entry.study]
        sweep = other.sweeps[entry.sweep]
        read = sweep.model_copy(update={"axes": sweep.axes | entry.select})
        alone = shortened(other.model_copy(update={"sweeps": {entry.sweep: read}}))
        made: Made = {}
        for _ in _rehearse(project, entry.study, alone, device, made):
            pass
        parts = [rows for (_, stage, _), rows in made.items() if stage == entry.stage]
        found[f"{entry.study}.{entry.sweep}"] = join(parts)
    return found


def main() -> int:
    """Rehearse every study; returns the exit status."""
    try:
        project = Project("paper", "cpu")
        for study in project.studies:
            for name, seconds in rehearse(project, study):
                print(f"{study}: {name}: {seconds:.1f} s", flush=True)
    except TegumError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
