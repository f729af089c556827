"""`tegum cost`: what a build at a scale will take, before anybody starts it."""

import argparse
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tegum.library.terminal import say, table

if TYPE_CHECKING:
    from tegum.build.cost import Row
    from tegum.build.project import Project

UNKNOWN = "not measured"


def add(verb: Callable[[str], argparse.ArgumentParser]) -> None:
    """Add the verb to a parser."""
    sub = verb("cost")
    sub.add_argument("study", nargs="*", help="show its sweeps; by default a line for every study")
    sub.add_argument("--device", choices=["cpu", "cuda"], help="by default as the scale says")
    sub.add_argument("--devices", type=int, default=1, help="GPUs, or cores of a CPU; by default 1")
    sub.add_argument(
        "--gpu", metavar="FILE", default="gpu.json", help="what make gpu-check wrote of the GPU"
    )


def cost(args: argparse.Namespace) -> int:
    """Say what a build takes: hours, memory, disk and length of jobs, from measured rates.

    Name a study to see its sweeps, with the number of buckets that gives jobs of 10 to 60 minutes.
    """
    from tegum.build import cost as costs
    from tegum.build.project import CODE, Project
    from tegum.build.rates import Rates, Speed
    from tegum.data.files import read_json
    from tegum.errors import TegumError

    if args.devices < 1:
        raise TegumError(f"--devices {args.devices}: give at least 1")
    project = Project(args.scale, args.device, read_json(CODE))
    for study in args.study:
        project.check_study(study)
    speed = Speed.read(args.gpu) if project.device == "cuda" else None
    jobs = costs.costs(project, args.study or project.studies, Rates.read(), speed)
    if args.study:
        rows = costs.by_sweep(jobs, args.devices, project)
    else:
        rows = costs.by_study(jobs, args.devices)
    found = costs.described(rows, project, args.devices)
    found["gpu"] = speed.device if speed else None
    notes = _notes(project, rows, args.gpu, found["gpu"])
    say(args, found, f"{_text(rows, project.device, args.devices)}\n\n{notes}")
    return 0


def _text(rows: Sequence["Row"], device: str, devices: int) -> str:
    kind = "GPU" if device == "cuda" else "core"
    cut = any(row.sweep for row in rows)
    head = ["study", *(["stage", "sweep", "buckets"] if cut else []), "jobs", "one core"]
    head += ["one GPU"] if device == "cuda" else []
    head += [f"{devices} {kind}s"] if devices > 1 else []
    head += ["longest job", "memory ≥", "disk ≤"]
    lines = []
    for row in rows:
        line = [row.study, *([row.stage, row.sweep, _buckets(row)] if cut else []), f"{row.jobs:,}"]
        line += [_time(row.cpu_hours, row)]
        line += [_time(row.hours, row)] if device == "cuda" else []
        line += [_time(row.hours_on_all, row)] if devices > 1 else []
        line += [_time(row.longest_hours, row), _size(row.memory_gb), _size(row.disk_gb)]
        lines.append(line)
    return table(head, lines)


def _buckets(row: "Row") -> str:
    if row.buckets is None:
        return ""
    if row.advised_buckets in (None, row.buckets):
        return str(row.buckets)
    return f"{row.buckets} → {row.advised_buckets}"


def _time(hours: float | None, row: "Row") -> str:
    """A time as a person says it; `+` behind a sum of which a part was not measured."""
    if hours is None:
        return UNKNOWN
    units = (1.0, "h"), (60.0, "min"), (3600.0, "s")
    value, unit = next(((hours * n, u) for n, u in units if hours * n >= 1), (0.0, "s"))
    shown = f"{value:,.0f} {unit}" if value >= 10 or unit == "s" else f"{value:.1f} {unit}"
    return shown + ("+" if row.unmeasured else "")


def _size(gb: float | None) -> str:
    if not gb:
        return "" if gb == 0 else UNKNOWN
    return f"{gb:.1f} GB" if gb >= 1 else f"{gb * 1024:.0f} MB"


def _notes(project: "Project", rows: Sequence["Row"], file: str, gpu: str | None) -> str:
    notes = [
        "Foretold from the CPU seconds of a build at laptop scale (one core of an AMD EPYC) by "
        "steps, samples and weights: an order of magnitude (docs/cluster.md says how far it is "
        "off). Memory and disk follow from array sizes."
    ]
    if project.device == "cuda" and gpu is None:
        notes.append(f"No GPU was measured: make gpu-check writes {file} where there is one.")
    unmeasured = sorted({f"{row.study}: {n}" for row in rows for n in row.unmeasured})
    if rows[-1].study == "all":
        unmeasured = list(rows[-1].unmeasured)
    if unmeasured and (gpu or project.device == "cpu"):
        notes.append(f"Not measured, and not in the sums (+): {', '.join(unmeasured)}.")
    return "\n".join(notes)
