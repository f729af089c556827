"""`make paper-smoke`: a few steps of every bucket shape of the paper scale, on CPU.

Nothing is saved: the rows go from stage to stage in memory and are checked against the schemas.
"""

import sys
import time
from collections.abc import Iterator

from tegum.build.execute import Build, Memory
from tegum.build.project import Project
from tegum.errors import TegumError
from tegum.experiment.cell import Context
from tegum.experiment.params import ROW_STAGES, StudyParams, overlay
from tegum.experiment.sweep import Job, Plan
from tegum.experiment.validate import validate


def shortened(params: StudyParams) -> StudyParams:
    """The same shapes and kinds, the values of `REHEARSAL`, and one value on every other axis.

    Raises:
        TegumError: when `REHEARSAL` leaves out a row stage, which would run at its full length.
    """
    absent = {s for s in params.CHAIN if s in ROW_STAGES} - params.REHEARSAL.keys()
    if absent:
        raise TegumError(
            f"REHEARSAL of {type(params).__module__} lacks {sorted(absent)}: "
            "give each row stage the values that make it short, {} where it is"
        )
    raw = params.raw()
    whole = params.shapes() | {params.kinds(stage).tag for stage in params.CHAIN}
    short = {name: v for values in params.REHEARSAL.values() for name, v in values.items()}
    for stage, values in params.REHEARSAL.items():
        raw[stage] = overlay(raw.get(stage, {}), values)
    for sweep in raw["sweeps"].values():
        sweep["like"] = None
        for stage, values in params.REHEARSAL.items():
            sweep[stage] = {k: v for k, v in sweep[stage].items() if k not in values}
        for axis, values in sweep["axes"].items():
            if axis in short:
                sweep["axes"][axis] = [short[axis]]
            elif axis not in whole:
                sweep["axes"][axis] = values[:1]
        sweep["buckets"] = 1
    return validate(type(params), raw, "the rehearsal")


def rehearse(project: Project, study: str, device: str = "cpu") -> Iterator[tuple[str, float]]:
    """Run every distinct bucket shape of a study; yields (stage and shape, seconds)."""
    params = project.params[study]
    plans = {i.study: _read(project, params, i.study, device) for i in params.all_inputs()}
    plan = Plan(study, shortened(params), project.code[study], device, dict(plans))
    build = Build(plans | {study: plan}, Memory())
    context = Context(device, None, progress=False)
    for other in plans.values():
        for job in _jobs(other):
            build.row(job, context)
    shapes = params.shapes()
    seen: set[str] = set()
    for job in _jobs(plan):
        values = job.cells[0].params.model_dump()
        name = f"{job.stage} { {k: v for k, v in values.items() if k in shapes} }"
        if name in seen and job.stage == plan.stages(job.sweep)[-1]:
            continue
        seen.add(name)
        started = time.perf_counter()
        build.row(job, context)
        yield name, time.perf_counter() - started


def _jobs(plan: Plan) -> Iterator[Job]:
    for sweep in plan.params.sweeps:
        for stage in plan.stages(sweep):
            yield from plan.jobs(sweep, stage)


def _read(project: Project, params: StudyParams, study: str, device: str) -> Plan:
    """The plan of what is read of another study, shortened."""
    other = project.params[study]
    sweeps = {
        entry.sweep: other.sweeps[entry.sweep].model_copy(
            update={"axes": other.sweeps[entry.sweep].axes | entry.select}
        )
        for entry in params.all_inputs()
        if entry.study == study
    }
    short = shortened(other.model_copy(update={"sweeps": sweeps}))
    return Plan(study, short, project.code[study], device, project.plans[study].others)


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
