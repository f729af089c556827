"""What a build of everything at a scale will take, from measured rates: hours, memory, disk.

Seconds grow with the work of the cells (`build/work.py`), at the rate that was measured at laptop
scale (`build/rates.py`). What no rate was measured for is None here and said so in the table.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

from tegum.build.project import Project
from tegum.build.rates import Rates, Speed, cells_of, totals
from tegum.build.work import of_cell
from tegum.experiment.cell import Cell

SHORT, LONG, AIM = 600.0, 3600.0, 1800.0
"""Seconds of a job: 10 minutes at least, an hour at most; what buckets are cut for."""
STAGES = ("generate", "train", "fit", "control", "measure", "judge", "render")
PACK = 8
"""Ensembles are padded to a multiple of this: smaller buckets save nothing."""


@dataclass(frozen=True)
class JobCost:
    """What one job takes."""

    study: str
    stage: str
    sweep: str
    cells: int
    cpu_seconds: float | None
    """Of one core; None where no rate was measured."""
    seconds: float | None
    """On the device that was asked for; None where its speed was not measured."""
    memory: int
    """Bytes at least, by the arrays of a training or of the samples; 0 where nothing is known."""
    disk: float | None
    """Bytes at most: rows are taken to grow as their weights do."""
    measured_on: str
    bucket: str = ""

    @property
    def name(self) -> str:
        """What the job is called: `<study>/<stage>/<sweep>/<bucket>`."""
        return "/".join(filter(None, (self.study, self.stage, self.sweep, self.bucket)))

    @property
    def known(self) -> bool:
        """Whether its length is known on the device."""
        return self.seconds is not None


def costs(
    project: Project, studies: Sequence[str], rates: Rates, speed: Speed | None
) -> list[JobCost]:
    """What each job of some studies takes on one device of the project's kind."""
    found: list[JobCost] = []
    for study in studies:
        plan = project.plan(study)
        for sweep in plan.params.sweeps:
            for stage in [*plan.stages(sweep), "measure"]:
                found += _of_stage(project, study, sweep, stage, rates, speed)
        for what in ("judge", "render"):
            row = rates.constant(study, what)
            seconds, name = row.get("seconds"), what if "seconds" in row else "not measured"
            found.append(JobCost(study, what, "", 0, seconds, seconds, 0, row.get("bytes"), name))
    return found


def foretold(project: Project, jobs: Mapping[str, float | None]) -> dict[str, float | None]:
    """Seconds of jobs by the names that their build gives them, with those that are not known
    (None) from rates."""
    unknown = {job.split("/")[1] for job, seconds in jobs.items() if seconds is None}
    studies = [study for study in project.studies if study in unknown]
    rest = {f"{project.scale}/{j.name}": j for j in costs(project, studies, Rates.read(), None)}
    return dict(jobs) | {n: rest[n].seconds for n, s in jobs.items() if s is None and n in rest}


def _of_stage(
    project: Project, study: str, sweep: str, stage: str, rates: Rates, speed: Speed | None
) -> list[JobCost]:
    found = []
    for bucket, cells in _buckets(project, study, sweep, stage).items():
        work, size = totals(cells)
        one = of_cell(cells[0])
        trains = stage != "measure" and one.steps > 0
        rate = rates.of(study, stage, sweep, trains)
        seconds = cpu = None if rate.seconds is None else rate.seconds * work
        if project.device == "cuda" and trains:
            seconds = _on_gpu(cpu, speed, "transformer" if one.layered else "two_layer", len(cells))
        memory = one.memory(_padded(len(cells)), project.device)
        disk = None if rate.bytes is None else rate.bytes * size
        takes = cpu, seconds, memory, disk
        found.append(JobCost(study, stage, sweep, len(cells), *takes, rate.of, bucket))
    return found


def _buckets(project: Project, study: str, sweep: str, stage: str) -> dict[str, list[Cell]]:
    """The cells of each job, by bucket; one job measures those of a whole sweep."""
    plan, groups = project.plan(study), dict[str, list[Cell]]()
    for cell in cells_of(project, study, sweep, stage):
        bucket = "" if stage == "measure" else plan.bucket(sweep, stage, cell)
        groups.setdefault(bucket, []).append(cell)
    return groups


def _on_gpu(cpu: float | None, speed: Speed | None, model: str, cells: int) -> float | None:
    ratio = speed.ratio(model, cells) if speed else None
    return None if cpu is None or ratio is None else cpu / ratio


def _padded(cells: int) -> int:
    return ceil(cells / PACK) * PACK


def elapsed(jobs: Iterable[JobCost], devices: int) -> float | None:
    """Seconds on so many devices: stage after stage, the longest jobs first; None where a job's
    length is not known. A build that mixes stages of several studies takes less."""
    stages: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for job in jobs:
        if job.seconds is None:
            return None
        stages[job.stage].append(job.seconds)
    return sum(_longest(lengths, devices) for lengths in stages.values() if lengths)


def _longest(lengths: Iterable[float], devices: int) -> float:
    """When the last of some devices is done, each taking the next job, the longest ones first."""
    ends = [0.0] * devices
    for length in sorted(lengths, reverse=True):
        heapq.heapreplace(ends, ends[0] + length)
    return max(ends)


def buckets(jobs: Sequence[JobCost], now: int) -> int | None:
    """Into how many buckets to spread the cells of a sweep's stage, of `now`, so that no job lasts
    more than an hour, and those that can last ten minutes; None where nothing is known.

    Cells are spread by hash, and a bucket of fewer than eight costs as much as one of eight.
    """
    if not jobs or any(job.seconds is None for job in jobs):
        return None
    largest = max(jobs, key=lambda job: job.seconds or 0.0)
    seconds = (largest.seconds or 0.0) * now
    if SHORT <= seconds / now <= LONG or (now == 1 and seconds <= LONG):
        return now
    most = max(1, largest.cells * now // PACK)
    return max(1, min(most, 999, ceil(seconds / AIM)))


@dataclass(frozen=True)
class Row:
    """A line of the table: a study, or one stage of one of its sweeps."""

    study: str
    sweep: str
    stage: str
    jobs: int
    cpu_hours: float | None
    """Hours of one core; None where a part was not measured, and `unmeasured` names it."""
    hours: float | None
    """On one device."""
    hours_on_all: float | None
    """On all devices."""
    longest_hours: float | None
    """Of the longest job."""
    memory_gb: float
    disk_gb: float | None
    buckets: int | None
    """The sweep's number of buckets now."""
    advised_buckets: int | None
    unmeasured: tuple[str, ...]


def row(
    jobs: Sequence[JobCost], devices: int, sweep: str = "", stage: str = "", now: int | None = None
) -> Row:
    """Jobs in one line. Sums are over what is known, where anything is."""
    cpu = [job.cpu_seconds for job in jobs if job.cpu_seconds is not None]
    here = [job for job in jobs if job.known]
    seconds = [job.seconds for job in here if job.seconds is not None]
    disk = [job.disk for job in jobs if job.disk is not None]
    whole = elapsed(here, devices)
    lacking = [f"{j.stage}/{j.sweep}".rstrip("/") for j in jobs if not j.known]
    return Row(
        study=jobs[0].study,
        sweep=sweep,
        stage=stage,
        jobs=len(jobs),
        cpu_hours=sum(cpu) / 3600 if cpu else None,
        hours=sum(seconds) / 3600 if here else None,
        hours_on_all=None if whole is None or not here else whole / 3600,
        longest_hours=max(seconds) / 3600 if seconds else None,
        memory_gb=max(job.memory for job in jobs) / 2**30,
        disk_gb=sum(disk) / 2**30 if disk else None,
        buckets=now,
        advised_buckets=None if now is None else buckets(jobs, now),
        unmeasured=tuple(dict.fromkeys(lacking)),
    )


def by_study(jobs: Sequence[JobCost], devices: int) -> list[Row]:
    """A line for each study, and one for all of them."""
    studies = list(dict.fromkeys(job.study for job in jobs))
    rows = [row([j for j in jobs if j.study == s], devices) for s in studies]
    whole = row(jobs, devices)
    named = tuple(dict.fromkeys(f"{j.study}/{j.stage}" for j in jobs if not j.known))
    return [*rows, Row(**(asdict(whole) | {"study": "all", "unmeasured": named}))]


def by_sweep(jobs: Sequence[JobCost], devices: int, project: Project) -> list[Row]:
    """A line for each stage of each sweep, with the number of buckets that would suit it."""
    found = []
    for study, sweep, stage in dict.fromkeys((j.study, j.sweep, j.stage) for j in jobs):
        mine = [j for j in jobs if (j.study, j.sweep, j.stage) == (study, sweep, stage)]
        cut = stage in ("generate", "train", "fit", "control")
        now = project.params[study].sweeps[sweep].buckets if cut else None
        found.append(row(mine, devices, sweep, stage, now))
    return found


def described(rows: Sequence[Row], project: Project, devices: int) -> dict[str, Any]:
    """The same for programs."""
    where = {"scale": project.scale, "device": project.device, "devices": devices}
    return where | {"rows": [asdict(r) for r in rows]}
