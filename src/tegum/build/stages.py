"""The process boundary: `python -m tegum.build.stages VERB …`, which the rules call.

Runs with neither snakemake nor dvc installed, e.g. on a GPU machine:
`python -m tegum.build.stages row STUDY train SWEEP BUCKET --scale paper --device cuda`.
"""

import argparse
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from tegum.build.variables import FIXED

os.environ.update(FIXED)

from tegum.build import dvc, fresh, gpus, recipes, records
from tegum.build.execute import Build, Files, Fresh
from tegum.build.loaded import Loaded
from tegum.build.messages import redirect
from tegum.build.project import CODE, Project
from tegum.data import files
from tegum.errors import TegumError
from tegum.experiment.cell import Context
from tegum.experiment.layout import LOCAL
from tegum.experiment.rooms import load
from tegum.experiment.sweep import Job, digest
from tegum.ledger.report import headline_metrics


def run_judge(project: Project, study: str, loaded: Loaded) -> None:
    """Write the study's claims and, as metrics, how they stand."""
    claims = project.build.claims(study, project.scale)
    rows = [c.model_dump() for c in claims]
    metrics = headline_metrics(study, rows)
    loaded.unchanged()
    files.write_json(project.layout.results(study, "claims"), rows)
    files.write_json(project.layout.results(study, "metrics"), metrics)


def run_ledger(project: Project) -> None:
    """Join the claims of all studies into one table."""
    files.write_json(project.layout.ledger(), project.ledger())


def run_render(project: Project, study: str, loaded: Loaded) -> None:
    """Render every figure of a study as SVG, PNG and interactive HTML."""
    from tegum.figures import collect
    from tegum.figures.render import javascript, render

    figures = collect(load(study, "figures"))
    data, claims = project.build.measured(study), project.claims_of(study)
    for name in project.figures(study):
        try:
            drawn = render(figures[name].told(claims), data)
        except Exception:
            print(f"{study}: figure {name}:", file=sys.stderr, flush=True)
            raise
        loaded.unchanged()
        for suffix, content in drawn.items():
            files.write_bytes(project.layout.figure(study, name, suffix), content)
    files.write_bytes(project.layout.figure(study, "bokeh", "min.js"), javascript())


def _row(project: Project, args: argparse.Namespace, loaded: Loaded) -> dict[str, Any]:
    job = project.job(args.study, args.stage, args.sweep, args.bucket)
    if args.expect and args.expect != job.digest:
        raise TegumError(
            f"params/{args.study}.yaml or the code changed while this build ran: run it again"
        )
    scratch = str(LOCAL / "scratch" / digest([args.scale, *vars(args).values()]))
    context = Context(project.device, scratch, progress=False)
    known = Fresh(project.layout, loaded.unchanged)
    store = known if fresh.wanted() else Files(project.layout, loaded.unchanged)
    gpu = gpus.one_of_them() if project.device == "cuda" else nullcontext()
    with _logged(project, args, job), gpu:
        counts = Build(project.plans, store).row(job, context)
    files.forget(scratch)
    return counts | known.found


def _logged(project: Project, args: argparse.Namespace, job: Job) -> AbstractContextManager[None]:
    """The logger that the parameters name, where they do; it writes beside the job's own log."""
    logger = project.params[args.study].logger
    if logger is None:
        return nullcontext()
    from tegum.training.loggers import logged

    folder = Path("logs", args.scale, *(args.study, args.stage, args.sweep, args.bucket))
    return logged(logger, folder, job.summary())


def _measure(project: Project, args: argparse.Namespace, loaded: Loaded) -> None:
    store = Files(project.layout, loaded.unchanged)
    Build(project.plans, store).measure(args.study, args.sweep)


Verb = Callable[[Project, argparse.Namespace, Loaded], Any]
VERBS: dict[str, tuple[tuple[str, ...], Verb]] = {
    "row": (("study", "stage", "sweep", "bucket"), _row),
    "measure": (("study", "sweep"), _measure),
    "judge": (("study",), lambda p, a, loaded: run_judge(p, a.study, loaded)),
    "render": (("study",), lambda p, a, loaded: run_render(p, a.study, loaded)),
    "ledger": ((), lambda p, *_: run_ledger(p)),
    "seal": (("study",), lambda p, a, _: dvc.seal(p, a.study)),
}
"""Verb to its arguments and what it runs."""
WHOLE = ("ledger", "seal")
"""Verbs that read the results of all studies."""


def _recipe(project: Project, args: argparse.Namespace) -> recipes.Recipe | None:
    """What a verb makes; None of one whose result is known by its content."""
    match args.verb:
        case "row":
            job = project.job(args.study, args.stage, args.sweep, args.bucket)
            return recipes.rows(project, job)
        case "measure":
            return recipes.measure(project, args.study, args.sweep)
        case "judge":
            return recipes.judge(project, args.study)
        case "render":
            return recipes.render(project, args.study)
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tegum.build.stages", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, (names, _) in VERBS.items():
        sub = verbs.add_parser(verb)
        for name in names:
            sub.add_argument(name)
        sub.add_argument("--scale", default="laptop")
        sub.add_argument("--device", help="cpu or cuda; by default as the scale says")
        sub.add_argument("--published", action="store_true", help="its published sweeps alone")
        sub.add_argument("--expect", help="digest of the keys that the caller planned for")
        sub.add_argument("--log", help="where to write what ran, with host, versions and times")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one stage; returns the exit status."""
    redirect()
    args = _parser().parse_args(argv)
    started, cpu = time.time(), time.process_time()
    try:
        code = files.read_json(CODE) if os.path.exists(CODE) else None
        loaded = Loaded(code)
        study = None if args.verb in WHOLE else args.study
        project = Project(args.scale, args.device, code, study, args.published)
        recipe = _recipe(project, args)
        inputs = records.read(recipe.inputs) if recipe else {}
        ran = VERBS[args.verb][1](project, args, loaded)
        if recipe:
            records.note(recipe, inputs, bool(isinstance(ran, dict) and ran.get("lacking")))
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
        "processor": processor(),
        "python": platform.python_version(),
        "versions": _versions(),
        "started": started,
        "seconds": round(time.time() - started, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    files.write_json(args.log, record)


def processor() -> str:
    """The kind of this machine's processor: last digits of some numbers depend on it."""
    try:
        lines = files.read_text("/proc/cpuinfo").splitlines()
    except TegumError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    names = {"torch", "pytorch_lightning", "numpy", "xarray", "scipy"} & sys.modules.keys()
    return {n: version(n.replace("_", "-")) for n in sorted(names)}


if __name__ == "__main__":
    sys.exit(main())
