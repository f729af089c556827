"""`tegum`: what a person types beside snakemake and dvc."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tegum import __version__
from tegum.library import model_verbs
from tegum.library.parser import EXAMPLES, Parser

if TYPE_CHECKING:
    from tegum.build.project import Project

VERDICTS = ["holds", "fails", "inconclusive"]


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
    print(f"params: {len(plans)} studies are valid at {args.scale} scale")
    studies = args.study or project.studies
    for study in studies:
        project.check_study(study)
    wrong = [line for study in studies for line in drawn.problems(project, study)]
    print("\n".join(wrong) or "claims and figures: all can be made from what is measured")
    problems = status.problems(project, studies)
    for line in problems:
        print(line)
    if not problems:
        print("files: all present, complete and up to date")
    elif not Path(project.layout.data(next(iter(plans)))).exists():
        print("nothing is built yet: run snakemake, or dvc pull")
    return 1 if problems or wrong else 0


def why(args: argparse.Namespace) -> int:
    """Say what `snakemake STUDY` would run, and which parameter or code changed."""
    from tegum.build import status

    lines = status.reasons(_project(args), args.study)
    print("\n".join(lines) or "Nothing to be done.")
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
    print(json.dumps(rows, indent=1) if args.json else report.claims_text(rows))
    return 0


def show(args: argparse.Namespace) -> int:
    """Print dims, coordinates and variables of a study's Datasets."""
    from tegum.data import netcdf

    project = _project(args)
    project.check_study(args.study)
    for sweep in project.params[args.study].sweeps:
        path = project.layout.measure(args.study, sweep)
        data = netcdf.load_dataset(path)
        sizes = ", ".join(f"{d}: {n}" for d, n in data.sizes.items())
        print(f"{path}  ({sizes})")
        for name, var in data.variables.items():
            kind = "coord" if name in data.coords else "var  "
            label = f"{var.attrs.get('long_name', '')} [{var.attrs.get('units', '')}]"
            print(f"  {kind} {name}({', '.join(map(str, var.dims))})  {label}")
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
    from tegum.versions import verify

    report = verify.verify(args.study, remote=args.remote)
    print("\n".join([*report.problems, report.summary]))
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
    print(found.model_dump_json(indent=1) if args.json else text.text(found, args.top))
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
    print(found.text())
    return 1 if found.moved else 0


def report(args: argparse.Namespace) -> int:
    """Write the results and the docs as static pages that work offline."""
    from pathlib import Path

    from tegum.site import build, comparisons

    against = None if args.against == "none" else args.against or comparisons.previous()
    pages = build.build(_project(args), _parser(), Path(args.out), against)
    print(f"wrote {pages} pages; open {Path(args.out) / 'index.html'}")
    return 0


def contrast(args: argparse.Namespace) -> int:
    """Read contrast pairs of hidden states with CCS and its relatives."""
    from tegum.data import tensors
    from tegum.evidence import hidden_states

    rows = hidden_states.readers(tensors.load_arrays(args.file), str(args.file), args.seed)
    print(json.dumps(rows, indent=1) if args.json else hidden_states.text(rows))
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
    except ModuleNotFoundError as error:
        raise TegumError(f"{error.name} is not installed; run make .venv/full") from None
    options = Options(
        args.seed,
        tuple(args.probes.split(",")),
        draws=args.draws,
        refits=args.refits,
        steps=args.steps,
    )
    report = run(case, load(args.dictionary) if args.dictionary else None, options)
    data, out = dataset(report), Path(args.out or Path(args.file).with_suffix(".controls"))
    drawn = page.page(report, data, f"Controls: {args.file}")
    netcdf.save_dataset(out / "controls.nc", data, None)
    files.write_bytes(out / "controls.html", drawn)
    print(json.dumps(text.as_json(report), indent=1) if args.json else text.text(report))
    print(f"wrote {out / 'controls.nc'} and {out / 'controls.html'}", file=sys.stderr)
    return 0


def new_study(args: argparse.Namespace) -> int:
    """Write the parameters and the room of a new study."""
    from tegum.build import new_study as rooms

    for path in rooms.new_study(args.name, args.kind):
        print(f"wrote {path}")
    print(f"next: edit params/{args.name}.yaml, then tegum sync and snakemake {args.name}")
    return 0


def remove_study(args: argparse.Namespace) -> int:
    """Remove a study: its parameters, room, results and data."""
    from tegum.build import new_study as rooms

    for path in rooms.remove_study(args.name):
        print(f"removed {path}")
    print("next: tegum sync")
    return 0


def run(args: argparse.Namespace) -> int:
    """Run one cell of a sweep in this process, without files."""
    from tegum.build.execute import one_cell

    project = _project(args)
    project.check_study(args.study)
    try:
        for stage, rows in one_cell(project.build, args.study, args.sweep, args.values):
            print(f"{stage}:\n{rows}\n")
    except Exception as error:
        from tegum.errors import TegumError

        if not args.pdb or isinstance(error, TegumError):
            raise
        import pdb

        pdb.post_mortem(error.__traceback__)
        return 1
    return 0


def sync(args: argparse.Namespace) -> int:
    """Refresh what is generated: dvc.yaml, code fingerprints, editor schemas, docs."""
    from tegum.build import dvc
    from tegum.build import sync as texts
    from tegum.build.project import Project

    project = Project("laptop")
    changed = dvc.sync(project) + texts.sync(project)
    print("\n".join(f"wrote {c}" for c in changed) or "everything is in step")
    return 0


def _parser() -> argparse.ArgumentParser:
    how = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog="tegum", description=__doc__, epilog=EXAMPLES, formatter_class=how)
    parser.add_argument("--version", action="version", version=f"tegum {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")

    def verb(name: str, run: Any) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=run.__doc__.splitlines()[0], description=run.__doc__)
        sub.add_argument("--scale", default="laptop", choices=["laptop", "smoke", "paper"])
        sub.set_defaults(run=run, trouble=1)
        return sub

    verb("check", check).add_argument("study", nargs="*", help="by default all")
    verb("why", why).add_argument("study", nargs="?", help="by default all")
    listed, opened = verb("list", list_studies), verb("open", open_results)
    opened.add_argument("study")
    opened.add_argument("sweep", nargs="?", help="by default all")
    opened.add_argument("--stage", default="measure", help="generate, train, fit or control")
    for sub in (listed, opened):
        sub.add_argument("--rev", help="git revision or DVC experiment; by default what is there")
        sub.add_argument("--repo", help="path or URL of the repository; by default this one")
        sub.add_argument("--json", action="store_true", help="the same as JSON")
    ledger = verb("claims", claims)
    ledger.add_argument("study", nargs="?", help="by default all")
    ledger.add_argument("--verdict", choices=VERDICTS)
    ledger.add_argument("--json", action="store_true", help="the rows as JSON")
    verb("show", show).add_argument("study")
    check_bytes = verb("verify", verify)
    check_bytes.add_argument("study", nargs="*", help="by default all")
    check_bytes.add_argument(
        "--remote",
        nargs="?",
        const="",
        metavar="NAME",
        help="also what dvc pull would bring from a remote, before it does",
    )
    versions = verb("compare", compare)
    versions.set_defaults(trouble=2)
    versions.add_argument("study")
    versions.add_argument("a", metavar="REV_A", help="git revision or DVC experiment")
    versions.add_argument("b", metavar="REV_B", nargs="?", help="by default the working tree")
    versions.add_argument("--sweep", help="only this sweep")
    versions.add_argument("--variable", help="only this variable")
    versions.add_argument("--tolerance", type=float, default=0.0, help="relative; by default 0")
    versions.add_argument("--top", type=int, default=3, help="how many of each list are shown")
    versions.add_argument("--json", action="store_true", help="all of it as JSON")
    versions.add_argument("--html", metavar="FILE", help="also a page with the curves of both")
    published = verb("reproduce", reproduce)
    published.set_defaults(trouble=2)
    published.add_argument(
        "revision", metavar="REV", nargs="?", default="HEAD", help="by default HEAD"
    )
    site = verb("report", report)
    site.add_argument("--out", metavar="FOLDER", default="site", help="by default site")
    site.add_argument(
        "--against",
        metavar="REV",
        help="compare the results with a revision; by default the last but one that was recorded, "
        "'none' compares nothing",
    )
    pairs = verb("contrast", contrast)
    pairs.add_argument("file", help="npz or safetensors: positive, negative, labels")
    pairs.add_argument("--seed", type=int, default=0, help="of the split and of the probes")
    pairs.add_argument("--json", action="store_true", help="the rows as JSON")
    battery = verb("controls", controls)
    battery.add_argument(
        "file", help="npz or safetensors: activations, labels, … (docs/controls.md)"
    )
    battery.add_argument("--labels", default="labels", metavar="NAME", help="array of the labels")
    battery.add_argument("--names", metavar="A,B,…", help="of the variables, if the file has none")
    battery.add_argument("--dictionary", help="safetensors file, or folder of SAELens")
    battery.add_argument(
        "--out", metavar="FOLDER", help="by default FILE with the suffix .controls"
    )
    battery.add_argument("--seed", type=int, default=0, help="of the split and of all controls")
    battery.add_argument(
        "--probes", default="linear,quadratic,mlp", help="families to choose from, simplest first"
    )
    battery.add_argument("--draws", type=int, default=40, help="labellings of each label control")
    battery.add_argument(
        "--refits", type=int, default=3, help="dictionaries fitted to each control"
    )
    battery.add_argument("--steps", type=int, default=500, help="of each of these fits")
    battery.add_argument("--json", action="store_true", help="tuples and verdicts as JSON")
    model_verbs.add(verb)
    new = verb("new-study", new_study)
    new.add_argument("name")
    new.add_argument("--kind", default="toy", help="toy (default), dictionary or measure-only")
    verb("remove-study", remove_study).add_argument("name")
    cell = verb("run", run)
    cell.add_argument("study")
    cell.add_argument("sweep")
    cell.add_argument("values", nargs="*", metavar="AXIS=VALUE", help="by default the first values")
    cell.add_argument("--pdb", action="store_true", help="stop in the debugger where it fails")
    verb("sync", sync)
    return parser


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
