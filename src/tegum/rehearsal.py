"""`make paper-smoke`: a few steps of every bucket shape of the paper scale, on CPU.

Nothing is saved: the rows go from stage to stage in memory and are checked against the schemas.
"""

import sys
import time
from collections.abc import Iterator
from importlib import import_module

import xarray as xr

from tegum import store
from tegum.errors import TegumError
from tegum.params import ROW_STAGES, StudyParams, overlay, validate
from tegum.project import Project
from tegum.rows import join, with_axes
from tegum.stages import Context
from tegum.sweep import Plan


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
    params = shortened(project.params[study])
    plan = Plan(study, params, project.code[study], device)
    seen: set[str] = set()
    for sweep in params.sweeps:
        made: dict[tuple[str, str], xr.Dataset] = {}
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
                    s: join([made[s, b].isel(cell=[r]) for b, r in places])
                    for s, places in job.reads.items()
                }
                started = time.perf_counter()
                module = import_module(f"tegum.studies.{study}.{stage}")
                found = module.run(list(job.cells), rows, Context(device, None, progress=False))
                found = with_axes(found, job.cells)
                store.check(name, found, project.schema(study, stage, sweep))
                made[stage, job.bucket] = found
                yield name, time.perf_counter() - started


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
