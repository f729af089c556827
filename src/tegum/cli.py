"""`tegum`: what a person types beside snakemake and dvc."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tegum.library import cost, model_verbs, options
from tegum.library.terminal import on_terminal, say, table

if TYPE_CHECKING:
    from tegum.build.project import Project


def _project(args: argparse.Namespace) -> "Project":
    from tegum.build.project import Project

    return Project(args.scale)


def check(args: argparse.Namespace) -> int:
    """Check parameters, claims and figures, and every file: complete, and as its schema says.

    Claims and figures are tried on drawn numbers, so that a wrong call is told before a build.
    """
    from pathlib import Path

    from tegum.build import drawn, status

    project = _project(args)
    plans = project.plans
    studies = args.study or project.studies
    for study in studies:
        project.check_study(study)
    wrong = [line for study in studies for line in drawn.problems(project, study)]
    problems = status.problems(project, studies)
    lines = [f"params: {len(plans)} studies are valid at {args.scale} scale"]
    lines += wrong or ["claims and figures: all can be made from what is measured"]
    lines += problems or ["files: all present, complete and up to date"]
    if problems and not Path(project.layout.data(next(iter(plans)))).exists():
        lines.append("nothing is built yet: run snakemake, or dvc pull")
    found = {"studies": len(plans), "claims_and_figures": wrong, "files": problems}
    say(args, found, "\n".join(lines))
    return 1 if problems or wrong else 0


def why(args: argparse.Namespace) -> int:
    """Say what `snakemake STUDY` would run, and which parameter or code changed."""
    from tegum.build import status

    project = _project(args)
    lines = status.reasons(project, args.study)
    say(args, lines, "\n".join(lines) or "Nothing to be done.")
    return 0


def claims(args: argparse.Namespace) -> int:
    """Print the claims of a study, or the ledger."""
    from pathlib import Path

    from tegum.errors import TegumError
    from tegum.ledger import report
    from tegum.ledger.claim import read_claims

    project = _project(args)
    if args.study:
        project.check_study(args.study)
    layout = project.layout
    path = layout.results(args.study, "claims") if args.study else layout.ledger()
    if not Path(path).is_file():
        raise TegumError(f"{path}: missing; run snakemake {args.study or ''}".rstrip())
    rows = [r for r in read_claims(path) if args.verdict in (None, r["verdict"])]
    text = report.claims_text(rows)
    if on_terminal() and not args.json:
        columns = [report.columns(row) for row in rows]
        text = "\n".join([table(report.COLUMNS, columns), "", report.tally(rows)])
    say(args, rows, text)
    return 0


def show(args: argparse.Namespace) -> int:
    """Print dims, coordinates and variables of a study's Datasets."""
    from tegum.data import netcdf

    project = _project(args)
    project.check_study(args.study)
    found, lines = {}, []
    for sweep in project.params[args.study].sweeps:
        path = project.layout.measure(args.study, sweep)
        data = netcdf.load_dataset(path)
        found[sweep] = data.to_dict(data=False)
        sizes = ", ".join(f"{d}: {n}" for d, n in data.sizes.items())
        lines.append(f"{path}  ({sizes})")
        for name, var in data.variables.items():
            kind = "coord" if name in data.coords else "var  "
            label = f"{var.attrs.get('long_name', '')} [{var.attrs.get('units', '')}]"
            lines.append(f"  {kind} {name}({', '.join(map(str, var.dims))})  {label}")
    say(args, found, "\n".join(lines))
    return 0


def list_studies(args: argparse.Namespace) -> int:
    """List the studies, and how their claims stand."""
    from tegum.library import listing

    where = {"rev": args.rev, "repo": args.repo, "scale": args.scale, "as_json": args.json}
    print(listing.studies(**where))
    return 0


def open_results(args: argparse.Namespace) -> int:
    """Print results of a study: those of here, or of any version of any repository."""
    from tegum.library import listing

    where = {"rev": args.rev, "repo": args.repo, "scale": args.scale, "as_json": args.json}
    print(listing.datasets(args.study, args.sweep, stage=args.stage, **where))
    return 0


def verify(args: argparse.Namespace) -> int:
    """Hash the results again and compare them with dvc.lock; no cached state is trusted."""
    from dataclasses import asdict

    from tegum.versions import verify

    report = verify.verify(args.study, remote=args.remote)
    say(args, asdict(report), "\n".join([*report.problems, report.summary]))
    return 1 if report.problems else 0


def compare(args: argparse.Namespace) -> int:
    """Lay two versions of a study side by side; status 0 when equal, 1 when not, 2 on errors."""
    from tegum.data import files
    from tegum.versions import compare, revisions, text

    a, b = (
        revisions.opened(args.study, revision, args.scale, args.sweep)
        for revision in (args.a, args.b)
    )
    options = {"tolerance": args.tolerance, "top": args.top, "variable": args.variable}
    found = compare.compare(a, b, **options)
    say(args, found.model_dump(mode="json"), text.text(found, args.top))
    if args.html:
        from tegum.versions import page

        files.write_bytes(args.html, page.page(a, b, found, args.top))
    return 0 if found.equal else 1


def reproduce(args: argparse.Namespace) -> int:
    """Say in three lines whether what was built here says what is published."""
    from tegum.versions.reproduce import reproduce

    found = reproduce(args.revision, args.scale)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    say(args, found.described(), found.text())
    return 1 if found.moved else 0


def report(args: argparse.Namespace) -> int:
    """Write the results and the docs as static pages that work offline."""
    from pathlib import Path

    from tegum.site import build, comparisons

    against = None if args.against == "none" else args.against or comparisons.previous()
    pages = build.build(_project(args), _parser(), Path(args.out), against)
    start = str(Path(args.out) / "index.html")
    say(args, {"pages": pages, "start": start}, f"wrote {pages} pages; open {start}")
    return 0


def contrast(args: argparse.Namespace) -> int:
    """Read contrast pairs of hidden states with CCS and its relatives."""
    from tegum.data import tensors
    from tegum.evidence import hidden_states

    rows = hidden_states.readers(tensors.load_arrays(args.file), str(args.file), args.seed)
    say(args, rows, hidden_states.text(rows))
    return 0


MOST = {"draws": 10_000, "refits": 100, "steps": 1_000_000}
"""Options of `tegum controls` that are counts: beyond these nobody waits for the end."""


def controls(args: argparse.Namespace) -> int:
    """Put activations, labels and a dictionary of yours through the control battery."""
    from pathlib import Path

    from tegum.data import files, netcdf, tensors
    from tegum.errors import TegumError
    from tegum.evidence.arrays import checked

    for option, most in MOST.items():
        if getattr(args, option) > most:
            raise TegumError(f"--{option} {getattr(args, option)}: give at most {most:,}")
    names = tuple(args.names.split(",")) if args.names else ()
    case = checked(tensors.load_arrays(args.file), str(args.file), args.labels, names)
    try:
        from tegum.evidence import page, text
        from tegum.evidence.report import dataset, run
        from tegum.evidence.variables import Options
        from tegum.interop.files import load
        from tegum.training.bars import progress_bar
    except ModuleNotFoundError as error:
        raise TegumError(f"{error.name} is not installed; run make .venv/full") from None
    options = Options(
        args.seed,
        tuple(args.probes.split(",")),
        draws=args.draws,
        refits=args.refits,
        steps=args.steps,
    )
    what = f"{len(case.names)} variables, {len(case.activations):,} samples"
    with progress_bar(what, shown=sys.stderr.isatty()):
        report = run(case, load(args.dictionary) if args.dictionary else None, options)
    data, out = dataset(report), Path(args.out or Path(args.file).with_suffix(".controls"))
    drawn = page.page(report, data, f"Controls: {args.file}")
    netcdf.save_dataset(out / "controls.nc", data, None)
    files.write_bytes(out / "controls.html", drawn)
    say(args, text.as_json(report), text.text(report))
    print(f"wrote {out / 'controls.nc'} and {out / 'controls.html'}", file=sys.stderr)
    return 0


def new_study(args: argparse.Namespace) -> int:
    """Write the parameters and the room of a new study."""
    from tegum.build import new_study as rooms

    wrote = [str(path) for path in rooms.new_study(args.name, args.kind)]
    lines = [f"wrote {path}" for path in wrote]
    next_ = f"next: edit params/{args.name}.yaml, then tegum sync and snakemake {args.name}"
    say(args, {"wrote": wrote}, "\n".join([*lines, next_]))
    return 0


def remove_study(args: argparse.Namespace) -> int:
    """Remove a study: its parameters, room, results and data."""
    from tegum.build import new_study as rooms

    removed = [str(path) for path in rooms.remove_study(args.name)]
    lines = [f"removed {path}" for path in removed]
    say(args, {"removed": removed}, "\n".join([*lines, "next: tegum sync"]))
    return 0


def run(args: argparse.Namespace) -> int:
    """Run one cell of a sweep in this process, without files."""
    from tegum.build.execute import one_cell

    project = _project(args)
    project.check_study(args.study)
    try:
        found = {}
        for stage, rows in one_cell(project.build, args.study, args.sweep, args.values):
            found[stage] = rows.to_dict(data=False)
            if not args.json:
                print(f"{stage}:\n{rows}\n")
        if args.json:
            say(args, found, "")
    except Exception as error:
        from tegum.errors import TegumError

        if not args.pdb or isinstance(error, TegumError):
            raise
        import pdb

        pdb.post_mortem(error.__traceback__)
        return 1
    return 0


def refit(args: argparse.Namespace) -> int:
    """Fit dictionaries of a sweep again, and save them in SAELens's format.

    Studies keep what they measure of dictionaries, not their weights.
    """
    from tegum.build.execute import check_sweep, values_of
    from tegum.library.refit import refit

    project = _project(args)
    project.check_study(args.study)
    plan = project.plans[args.study]
    check_sweep(plan, args.sweep)
    where = values_of(plan, args.sweep, args.values)
    found = refit(args.study, args.sweep, scale=args.scale, device=args.device, **where)
    about = {"study": args.study, "sweep": args.sweep, "scale": args.scale}
    folders = [str(folder) for folder in found.save(args.out, metadata=about | where)]
    say(args, folders, "\n".join(folders))
    return 0


def sync(args: argparse.Namespace) -> int:
    """Refresh what is generated: dvc.yaml, code fingerprints, editor schemas, docs."""
    from tegum.build import dvc
    from tegum.build import sync as texts
    from tegum.build.project import Project

    project = Project("laptop")
    changed = dvc.sync(project) + texts.sync(project)
    said = "\n".join(f"wrote {c}" for c in changed) or "everything is in step"
    say(args, {"wrote": changed}, said)
    return 0


def completion(args: argparse.Namespace) -> int:
    """Print what lets a shell complete this command: source <(tegum completion bash)."""
    import shtab

    preamble: Any = options.PREAMBLE  # by shell; shtab declares one text
    print(shtab.complete(_parser(), args.shell, preamble=preamble))
    return 0


VERBS = {
    "check": check,
    "why": why,
    "list": list_studies,
    "open": open_results,
    "claims": claims,
    "cost": cost.cost,
    "show": show,
    "verify": verify,
    "compare": compare,
    "reproduce": reproduce,
    "report": report,
    "contrast": contrast,
    "controls": controls,
    "activations": model_verbs.activations,
    "new-study": new_study,
    "remove-study": remove_study,
    "run": run,
    "refit": refit,
    "sync": sync,
    "completion": completion,
}


def _parser() -> argparse.ArgumentParser:
    return options.parser(VERBS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    if argv is None:
        from tegum.build.own_source import go_on_with_own
        from tegum.build.variables import FIXED

        go_on_with_own(__file__)

        os.environ.update(FIXED)
    parser = _parser()
    args = parser.parse_args(argv)
    if args.verb is None:
        parser.print_help()
        return 0
    from tegum.errors import TegumError

    try:
        return args.run(args)
    except TegumError as error:
        print(f"error: {error}".replace("\n", "\nerror: "), file=sys.stderr)
        return args.trouble
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
