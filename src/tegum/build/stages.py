"""The process boundary: `python -m tegum.build.stages VERB …`, which the rules call.

Runs with neither snakemake nor dvc installed, e.g. on a GPU machine:
`python -m tegum.build.stages row STUDY train SWEEP BUCKET --scale paper --device cuda`.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tegum.build import dvc as versioning
from tegum.build.project import CODE, Project
from tegum.data import store
from tegum.errors import TegumError
from tegum.experiment.cell import Context
from tegum.experiment.layout import LOCAL
from tegum.experiment.sweep import Job, digest

if TYPE_CHECKING:
    import xarray as xr


def _module(study: str, name: str) -> Any:
    return import_module(f"tegum.studies.{study}.{name}")


def _upstream(project: Project, job: Job, wanted: Sequence[int]) -> dict[str, "xr.Dataset"]:
    """Rows of the stages that the job reads, aligned with its cells `wanted`."""
    from tegum.data.rows import join

    rows = {}
    for stage, places in job.reads.items():
        files = {}
        for bucket in {places[i][0] for i in wanted}:
            above = project.job(job.study, stage, job.sweep, bucket)
            path = project.row_files(above)[0]
            schema = project.schema(job.study, stage, job.sweep)
            files[bucket], _ = store.load_rows(path, above.keys, schema)
        parts = [files[bucket].isel(cell=[row]) for bucket, row in (places[i] for i in wanted)]
        rows[stage] = join(parts)
    return rows


def other_rows(project: Project, study: str) -> dict[str, "xr.Dataset"]:
    """Rows of other studies, named `<study>.<sweep>`, restricted to what `select` names."""
    from tegum.data.rows import join

    found = {}
    for entry, rows in project.plans[study].input_rows():
        files = {}
        for job in {job.bucket: job for job, _ in rows}.values():
            path = project.row_files(job)[0]
            schema = project.schema(job.study, job.stage, job.sweep)
            files[job.bucket], _ = store.load_rows(path, job.keys, schema)
        parts = [files[job.bucket].isel(cell=[row]) for job, row in rows]
        found[f"{entry.study}.{entry.sweep}"] = join(parts)
    return found


def run_row(project: Project, job: Job, context: Context) -> dict[str, int]:
    """Compute one bucket: reuse the rows whose key is known, compute the others, save."""
    from tegum.data.rows import join, with_axes, without_axes

    known = store.recall_rows(job.study, job.stage, job.keys)
    todo = [i for i, key in enumerate(job.keys) if key not in known]
    if todo:
        rows = _upstream(project, job, todo)
        plan = project.plans[job.study]
        if job.stage == next(iter(plan.stages(job.sweep))):
            rows |= other_rows(project, job.study)
        cells = [job.cells[i] for i in todo]
        made = _module(job.study, job.stage).run(cells, rows, context)
        if made.sizes.get("cell") != len(cells):
            raise TegumError(
                f"studies/{job.study}/{job.stage}.py returned {made.sizes.get('cell')} rows "
                f"for {len(cells)} cells"
            )
        known |= {job.keys[i]: made.isel(cell=[n]) for n, i in enumerate(todo)}
    whole = with_axes(join([without_axes(known[key]) for key in job.keys]), job.cells)
    path = project.row_files(job)[0]
    store.save_rows(path, whole, job.keys, project.schema(job.study, job.stage, job.sweep))
    store.remember_rows(path, job.study, job.stage)
    return {"computed": len(todo), "reused": len(job.keys) - len(todo)}


def run_measure(project: Project, study: str, sweep: str) -> None:
    """Lay all rows of a sweep on its grid, measure, save one labelled Dataset."""
    from tegum.data.rows import join, on_grid

    plan = project.plans[study]
    grids: dict[str, xr.Dataset] = {}
    for stage in plan.stages(sweep):
        jobs = plan.jobs(sweep, stage)
        schema = project.schema(study, stage, sweep)
        parts = [store.load_rows(project.row_files(j)[0], j.keys, schema)[0] for j in jobs]
        cells = [c.axes for j in jobs for c in j.cells]
        names = plan.axes(sweep, stage)
        axes = {a: list(plan.view(sweep).axes[a]) for a in names}
        grids[stage] = on_grid(join(parts), axes, cells)
    if not grids:
        grids = other_rows(project, study)
    found = _module(study, "measure").run(plan.view(sweep), grids)
    path = project.layout.measure(study, sweep)
    store.save_dataset(path, found, project.schema(study, "measure", sweep))


def measured(project: Project, study: str) -> dict[str, "xr.Dataset"]:
    """The labelled Dataset of every sweep of a study."""
    return {
        sweep: store.load_dataset(
            project.layout.measure(study, sweep),
            project.schema(study, "measure", sweep),
        )
        for sweep in project.params[study].sweeps
    }


def run_judge(project: Project, study: str) -> None:
    """Write the study's claims and, as metrics, their estimates."""
    from tegum.ledger.findings import judged

    module = _module(study, "claims")
    claims = judged(study, project.scale, module.FINDINGS, module.claims(measured(project, study)))
    rows = [c.model_dump() for c in claims]
    metrics = {c.id.split(".", 1)[1]: c.estimate for c in claims if c.estimate is not None}
    store.write_json(project.layout.results(study, "claims"), rows)
    store.write_json(project.layout.results(study, "metrics"), metrics)


def run_ledger(project: Project) -> None:
    """Join the claims of all studies into one table."""
    store.write_json(project.layout.ledger(), project.ledger())


def run_render(project: Project, study: str) -> None:
    """Render every figure of a study as SVG, PNG and interactive HTML."""
    from tegum.figures.render import javascript, render

    figures = _module(study, "figures").FIGURES
    names = project.params[study].FIGURES
    if set(names) != set(figures):
        raise TegumError(f"studies/{study}: FIGURES of params.py and figures.py differ")
    data = measured(project, study)
    for name in names:
        print(f"{study}: figure {name}", file=sys.stderr, flush=True)
        for suffix, content in render(figures[name], data).items():
            store.write_bytes(project.layout.figure(study, name, suffix), content)
    store.write_bytes(project.layout.figure(study, "bokeh", "min.js"), javascript())


def _row(project: Project, args: argparse.Namespace) -> dict[str, Any]:
    job = project.job(args.study, args.stage, args.sweep, args.bucket)
    if args.expect and args.expect != job.digest:
        raise TegumError(
            f"params/{args.study}.yaml or the code changed while this build ran: run it again"
        )
    scratch = str(LOCAL / "scratch" / digest([args.scale, *vars(args).values()]))
    context = Context(project.device, scratch)
    counts = run_row(project, job, context)
    store.forget(scratch)
    return counts


VERBS: dict[str, tuple[tuple[str, ...], Callable[[Project, argparse.Namespace], Any]]] = {
    "row": (("study", "stage", "sweep", "bucket"), _row),
    "measure": (("study", "sweep"), lambda p, a: run_measure(p, a.study, a.sweep)),
    "judge": (("study",), lambda p, a: run_judge(p, a.study)),
    "render": (("study",), lambda p, a: run_render(p, a.study)),
    "ledger": ((), lambda p, _: run_ledger(p)),
    "seal": (("study",), lambda p, a: versioning.seal(p, a.study)),
}
"""Verb to its arguments and what it runs."""
WHOLE = ("ledger", "seal")
"""Verbs that read the results of all studies."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tegum.build.stages", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, (names, _) in VERBS.items():
        sub = verbs.add_parser(verb)
        for name in names:
            sub.add_argument(name)
        sub.add_argument("--scale", default="laptop")
        sub.add_argument("--device", help="cpu or cuda; by default as the scale says")
        sub.add_argument("--expect", help="digest of the keys that the caller planned for")
        sub.add_argument("--log", help="where to write what ran, with host, versions and times")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one stage; returns the exit status."""
    args = _parser().parse_args(argv)
    started, cpu = time.time(), time.process_time()
    try:
        code = store.read_json(CODE) if os.path.exists(CODE) else None
        study = None if args.verb in WHOLE else args.study
        project = Project(args.scale, args.device, code, study)
        ran = VERBS[args.verb][1](project, args)
        if args.log:
            _log(args, ran, started, time.process_time() - cpu)
    except TegumError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _log(args: argparse.Namespace, ran: Any, started: float, cpu_seconds: float) -> None:
    record = {
        "what": [v for v in vars(args).values() if v],
        "rows": ran,
        "host": platform.node(),
        "python": platform.python_version(),
        "versions": _versions(),
        "started": started,
        "seconds": round(time.time() - started, 3),
        "cpu_seconds": round(cpu_seconds, 3),
    }
    store.write_json(args.log, record)


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = {"torch", "pytorch_lightning", "numpy", "xarray", "scipy"} & sys.modules.keys()
    return {n: version(n.replace("_", "-")) for n in sorted(names)}


if __name__ == "__main__":
    sys.exit(main())
