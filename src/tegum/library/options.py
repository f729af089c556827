"""Words and options of the command `tegum`: what may be typed, apart from what it does."""

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from tegum import __version__
from tegum.library import cost, model_verbs
from tegum.library.parser import EXAMPLES, Parser

VERDICTS = ["holds", "fails", "inconclusive"]
SHELLS = ("bash", "zsh", "tcsh")
STUDIES = {"bash": "_tegum_studies", "zsh": "_tegum_studies"}
"""How a shell completes the name of a study."""
PREAMBLE = {
    "bash": """_tegum_studies() {
  local file
  for file in params/*.yaml; do file=${file##*/}; echo "${file%.yaml}"; done 2>/dev/null \\
    | while read -r name; do [[ $name == "$1"* ]] && echo "$name"; done
}""",
    "zsh": """_tegum_studies() {
  local -a studies
  studies=(params/*.yaml(N:t:r))
  compadd -a studies
}""",
}
Run = Callable[[argparse.Namespace], int]


def parser(verbs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The parser; what each verb runs is given, and its docstring is its help."""
    how = argparse.RawDescriptionHelpFormatter
    parser = Parser(
        prog="tegum",
        description="`tegum`: what a person types beside snakemake and dvc.",
        epilog=EXAMPLES,
        formatter_class=how,
    )
    parser.add_argument("--version", action="version", version=f"tegum {__version__}")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB")

    def verb(name: str) -> argparse.ArgumentParser:
        run = verbs[name]
        text = run.__doc__ or ""
        sub = subparsers.add_parser(name, help=text.splitlines()[0], description=text)
        sub.add_argument("--scale", default="laptop", choices=["laptop", "smoke", "paper"])
        sub.add_argument("--json", action="store_true", help="what is found, as JSON")
        sub.set_defaults(run=run, trouble=1)
        return sub

    def study(sub: argparse.ArgumentParser, **options: Any) -> None:
        sub.add_argument("study", **options).complete = STUDIES  # type: ignore[attr-defined]

    study(verb("check"), nargs="*", help="by default all")
    study(verb("why"), nargs="?", help="by default all")
    listed, opened = verb("list"), verb("open")
    study(opened)
    opened.add_argument("sweep", nargs="?", help="by default all")
    opened.add_argument("--stage", default="measure", help="generate, train, fit or control")
    for sub in (listed, opened):
        sub.add_argument("--rev", help="git revision or DVC experiment; by default what is there")
        sub.add_argument("--repo", help="path or URL of the repository; by default this one")
    ledger = verb("claims")
    study(ledger, nargs="?", help="by default all")
    ledger.add_argument("--verdict", choices=VERDICTS)
    study(verb("show"))
    check_bytes = verb("verify")
    study(check_bytes, nargs="*", help="by default all")
    check_bytes.add_argument(
        "--remote",
        nargs="?",
        const="",
        metavar="NAME",
        help="also what dvc pull would bring from a remote, before it does",
    )
    versions = verb("compare")
    versions.set_defaults(trouble=2)
    study(versions)
    versions.add_argument("a", metavar="REV_A", help="git revision or DVC experiment")
    versions.add_argument("b", metavar="REV_B", nargs="?", help="by default the working tree")
    versions.add_argument("--sweep", help="only this sweep")
    versions.add_argument("--variable", help="only this variable")
    versions.add_argument("--tolerance", type=float, default=0.0, help="relative; by default 0")
    versions.add_argument("--top", type=int, default=3, help="how many of each list are shown")
    versions.add_argument("--html", metavar="FILE", help="also a page with the curves of both")
    published = verb("reproduce")
    published.set_defaults(trouble=2)
    published.add_argument(
        "revision", metavar="REV", nargs="?", default="HEAD", help="by default HEAD"
    )
    site = verb("report")
    site.add_argument("--out", metavar="FOLDER", default="site", help="by default site")
    site.add_argument(
        "--against",
        metavar="REV",
        help="compare the results with a revision; by default the last but one that was recorded, "
        "'none' compares nothing",
    )
    pairs = verb("contrast")
    pairs.add_argument("file", help="npz or safetensors: positive, negative, labels")
    pairs.add_argument("--seed", type=int, default=0, help="of the split and of the probes")
    battery = verb("controls")
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
    cost.add(verb)
    model_verbs.add(verb)
    new = verb("new-study")
    new.add_argument("name")
    new.add_argument("--kind", default="toy", help="toy (default), dictionary or measure-only")
    verb("remove-study").add_argument("name").complete = STUDIES  # type: ignore[attr-defined]
    cell = verb("run")
    study(cell)
    cell.add_argument("sweep")
    cell.add_argument("values", nargs="*", metavar="AXIS=VALUE", help="by default the first values")
    cell.add_argument("--pdb", action="store_true", help="stop in the debugger where it fails")
    again = verb("refit")
    study(again)
    again.add_argument("sweep")
    again.add_argument("values", nargs="*", metavar="AXIS=VALUE", help="by default all values")
    again.add_argument("--out", required=True, metavar="FOLDER", help="where they are saved")
    again.add_argument("--device", default="cpu", help="cpu or cuda")
    verb("sync")
    verb("completion").add_argument("shell", choices=SHELLS)
    return parser
