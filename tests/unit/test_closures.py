"""An edit of any module moves the fingerprints of the stages that run it, and of no others.

What a stage runs is read here from the import statements, by other means than `fingerprints`.
"""

import ast
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from repository import ROOT

from tegum.build import fingerprints
from tegum.experiment.params import kinds_of
from tegum.experiment.rooms import load

STUDIES = sorted(p.parent.name for p in ROOT.glob("src/tegum/studies/*/params.py"))
ROWS = ("generate", "train", "fit", "control")
CELL = ("tegum.experiment.cell", "tegum.experiment.seeds")
GIVEN = {**dict.fromkeys((*ROWS, "measure"), CELL), "figures": ("tegum.figures.render",)}
"""What computes, beside the rows, what a stage is given."""
JOINED = {"fit", "control", "measure"}
"""Stages whose rows are joined by `data/rows`."""
SILENT = {
    "tegum", "tegum.errors", "tegum.data", "tegum.data.files", "tegum.data.netcdf",
    "tegum.data.row_cache", "tegum.experiment", "tegum.experiment.layout",
    "tegum.experiment.params", "tegum.experiment.resolve", "tegum.experiment.sweep",
    "tegum.experiment.yaml_files",
}  # fmt: skip
"""Modules that no number comes from; `test_provenance` says why."""


def name_of(path: Path) -> str:
    """The name of a module, from its file below `src`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    name_of(path.relative_to(ROOT / "src")): path.relative_to(ROOT / "src")
    for path in sorted(ROOT.glob("src/tegum/**/*.py"))
}


def imported(module: str) -> Iterator[str]:
    """Names of modules in the import statements of a module, wherever they stand."""
    if module == "tegum":  # names for type checkers alone; at run time they are imported when asked
        return
    package = module if FILES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse((ROOT / "src" / FILES[module]).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = ".".join([*(above if node.level else []), *filter(None, [node.module])])
            yield from (start, *(f"{start}.{alias.name}" for alias in node.names))


@cache
def needs(module: str) -> frozenset[str]:
    """Modules that Python runs first: the packages that a module is in, and what it imports."""
    parents = [module[: i + 1] for i, c in enumerate(module) if c == "."]
    names = {p.rstrip(".") for p in parents} | set(imported(module))
    return frozenset(n for n in names if n in FILES)


def run_by(modules: set[str]) -> set[str]:
    """All modules that run when these are imported."""
    found = set(modules)
    while more := {n for m in found for n in needs(m)} - found:
        found |= more
    return found


def expected(study: str, name: str) -> set[str]:
    """The modules whose edit moves one fingerprint."""
    stage, _, kind = name.partition("/")
    room = f"tegum.studies.{study}"
    own = {m for m in (f"{room}.{stage}.{kind}", f"{room}.{stage}") if m in FILES}
    modules = {max(own, key=len)}
    inner = {m for m in FILES if m.startswith(f"{room}.{stage}.")}
    if stage in ("claims", "figures"):
        modules |= inner
    elif kind in (kinds := kinds_of(load(study, "params").Params, stage).classes) and not (
        modules & inner
    ):  # whichever of the others computes it
        modules |= {m for m in inner if m.rpartition(".")[2] not in kinds}
    modules.update(GIVEN.get(stage, ()), ["tegum.data.rows"] if stage in JOINED else ())
    if stage not in ("claims", "figures"):
        section = kinds_of(load(study, "params").Params, stage).classes.get(kind)
        modules.update(section.CODE if section else ())
    return run_by(modules) - SILENT - {f"{room}.params", f"{room}.schema"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> fingerprints._Sources:
    """The modules as they are, read from a copy that can be edited."""
    root = tmp_path_factory.mktemp("copy") / "tegum"
    shutil.copytree(ROOT / "src" / "tegum", root, ignore=shutil.ignore_patterns("__pycache__"))
    found = fingerprints._Sources({"tegum"})
    found._roots = {"tegum": root}
    imports = cache(found._graph.find_modules_directly_imported_by)  # no edit here changes them
    found._graph.find_modules_directly_imported_by = imports
    return found


def prints(sources: fingerprints._Sources) -> dict[tuple[str, str], str]:
    """(study, stage or kind) to its fingerprint."""
    rooms = {s: fingerprints._of_room(sources, s, f"tegum.studies.{s}") for s in STUDIES}
    return {(s, name): value for s, found in rooms.items() for name, value in found.items()}


def edit(sources: fingerprints._Sources, module: str, old: str, new: str) -> None:
    """Replace the end of a module's file; what was read of it is forgotten."""
    file = sources._roots["tegum"].parent / FILES[module]
    text = file.read_text()
    assert text.endswith(old)
    file.write_text(text.removesuffix(old) + new)
    for known in (sources._texts, sources._trees, sources._read, sources._digests):
        known.pop(module, None)


MORE = "\nA_NAME_OF_NO_MODULE = 1\n"


def test_an_edit_of_any_module_moves_the_stages_that_run_it_and_no_others(sources):
    before = prints(sources)
    assert before == {
        (s, name): value
        for s, found in fingerprints.fingerprints(STUDIES).items()
        for name, value in found.items()
    }
    moves = {place: expected(*place) for place in before}
    wrong = {}
    for module in FILES:
        edit(sources, module, "", MORE)
        after = prints(sources)
        edit(sources, module, MORE, "")
        found = {place for place in before if after[place] != before[place]}
        wanted = {place for place, modules in moves.items() if module in modules}
        if found != wanted:
            wrong[module] = {"not moved": wanted - found, "moved": found - wanted}
    assert not wrong
    assert prints(sources) == before


def test_every_stage_of_every_room_has_a_fingerprint(sources):
    found = {(study, name.split("/")[0]) for study, name in prints(sources)}
    stages = (*ROWS, "measure", "claims", "figures")
    there = {(s, g) for s in STUDIES for g in stages if f"tegum.studies.{s}.{g}" in FILES}
    assert found == there
