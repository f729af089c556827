"""Code fingerprints: what a stage's numbers depend on beside parameters and data."""

import ast
import hashlib
import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from tegum.build.known import Facts, Known
from tegum.data import files, syntax
from tegum.errors import TegumError
from tegum.experiment import rooms as rooms_of
from tegum.experiment.params import ROW_STAGES, StudyParams, kinds_of

PUBLIC = "tegum"
"""The package, whose names are for people: no stage depends on what they stand for."""
NEUTRAL = (
    PUBLIC,
    "tegum.errors",
    "tegum.data",
    "tegum.data.files",
    "tegum.data.netcdf",
    "tegum.data.row_cache",
    "tegum.experiment",
    "tegum.experiment.layout",
    "tegum.experiment.params",
    "tegum.experiment.resolve",
    "tegum.experiment.sweep",
    "tegum.experiment.yaml_files",
)
"""Modules that cannot change a number: what they decide is in the key or in the labels."""
NEUTRAL_NAMES = ("params", "schema")
"""Modules of a study's room that declare and do not compute; their values are in the key."""
NEUTRAL_ENDS = tuple(f".{name}" for name in NEUTRAL_NAMES)
STAGES = ("generate", "train", "fit", "control", "measure", "claims", "figures")
CELL = ("tegum.experiment.cell", "tegum.experiment.seeds")
AROUND = {
    **dict.fromkeys(("generate", "train"), CELL),
    **dict.fromkeys(("fit", "control", "measure"), (*CELL, "tegum.data.rows")),
    "figures": ("tegum.figures.render",),
}
"""Modules that compute what a stage is given, which its own module does not import."""


class Source(NamedTuple):
    """What was read of a module."""

    file: str
    """From the project's root."""
    text: str
    """Digest of its bytes."""
    syntax: str
    """Digest of its syntax; empty where its whole syntax is in no fingerprint."""


class _Sources:
    """Modules by name: their imports, and the digests of their syntax."""

    def __init__(self, packages: Iterable[str]) -> None:
        import grimp
        from grimp.exceptions import SourceSyntaxError

        names = sorted(set(packages))
        try:
            self._graph = grimp.build_graph(*names, cache_dir=None)
        except SourceSyntaxError as error:
            raise TegumError(f"{error.filename}: line {error.lineno}: not valid Python") from None
        self._roots = {name: Path(str(import_module(name).__file__)).parent for name in names}
        self._known = Known(__file__, syntax.__file__)
        self._texts: dict[str, str] = {}
        self._trees: dict[str, ast.Module] = {}
        self._read: dict[str, tuple[str, str]] = {}
        self._digests: dict[str, str] = {}

    def __contains__(self, module: str) -> bool:
        return module in self._graph.modules

    def children(self, module: str) -> list[str]:
        """Names of the modules in a package, without its own; none of a module."""
        found = self._graph.find_children(module) if module in self else set()
        return sorted(m.rsplit(".", 1)[-1] for m in found)

    def _facts(self, module: str) -> Facts:
        """What is known of the text of a module."""
        if module not in self._read:
            top, *parts = module.split(".")
            path = self._roots[top].joinpath(*parts)
            file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            self._texts[module] = files.read_text(file)
            self._read[module] = os.path.relpath(file), syntax.text_digest(self._texts[module])
        return self._known.of(self._read[module][1])

    def _tree(self, module: str) -> ast.Module:
        if module not in self._trees:
            self._trees[module] = syntax.parsed(self._texts[module])
        return self._trees[module]

    def read(self) -> dict[str, Source]:
        """Module to what was read of it; what is known of it is kept for the next command."""
        self._known.keep()
        return {m: Source(*r, self._digests.get(m, "")) for m, r in self._read.items()}

    def digest(self, module: str) -> str:
        """The digest of a module's syntax."""
        facts = self._facts(module)
        if not facts.syntax:
            facts.syntax = syntax.digest(self._tree(module))
        self._digests[module] = facts.syntax
        return facts.syntax

    def closure(self, modules: Iterable[str]) -> set[str]:
        """What the modules import, directly or not, with the packages on the way."""
        found: set[str] = set()
        todo = [m for m in modules if m in self]
        while todo:
            module = todo.pop()
            if module not in found:
                found.add(module)
                parent = module.rpartition(".")[0]
                todo += [parent] * (parent in self)
                if module != PUBLIC:
                    todo += self._graph.find_modules_directly_imported_by(module)
        return found

    def declared(self, module: str, room: str) -> list[str]:
        """Digests of what a module takes from the declarations of its room and computes with.

        Values of fields are in the key; constants, functions and methods are not.
        """
        facts = self._facts(module)
        if facts.imports is None:
            nodes = (n for n in ast.walk(self._tree(module)) if isinstance(n, ast.ImportFrom))
            taken = [[n.module or "", sorted({a.name for a in n.names})] for n in nodes]
            facts.imports = [one for one in taken if one[0].endswith(NEUTRAL_ENDS)]
        sources = {f"{room}.{name}" for name in NEUTRAL_NAMES}
        return [
            f"{origin}:{digest}"
            for origin, names in facts.imports
            if origin in sources and origin in self
            for digest in self._definitions(origin, names)
        ]

    def _definitions(self, module: str, names: list[str]) -> list[str]:
        facts, key = self._facts(module), " ".join(names)
        if key not in facts.defined:
            facts.defined[key] = _definitions(self._tree(module), set(names))
        return facts.defined[key]


def _definitions(tree: ast.Module, names: set[str]) -> list[str]:
    """Digests of the definitions of `names`: of classes, their methods."""
    found = []
    for node in reversed(tree.body):  # a class comes after its bases
        if isinstance(node, ast.ClassDef) and node.name in names:
            functions = [n for n in node.body if isinstance(n, ast.FunctionDef)]
            names = names | {b.id for b in node.bases if isinstance(b, ast.Name)}
            found += [syntax.digest(f) for f in functions if not _validates(f)]
        elif isinstance(node, ast.FunctionDef) and node.name in names:
            found.append(syntax.digest(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Name) and t.id in names for t in targets):
                found.append(syntax.digest(node))
    return found


def _validates(function: ast.FunctionDef) -> bool:
    return any("validator" in ast.unparse(d) for d in function.decorator_list)


def fingerprints(studies: Iterable[str]) -> dict[str, dict[str, str]]:
    """Study to stage to the fingerprint of the import closure of that stage's module.

    Where a stage has several kinds, `<stage>/<kind>` has that of the kind's module, with the
    modules that its section names in `CODE`.
    """
    return read(studies)[0]


def read(studies: Iterable[str]) -> tuple[dict[str, dict[str, str]], dict[str, Source]]:
    """`fingerprints`, and what was read for them."""
    rooms = {study: rooms_of.room(study) for study in studies}
    sources = _Sources({"tegum", *(r.split(".")[0] for r in rooms.values() if r)})
    return {s: _of_room(sources, s, room) for s, room in rooms.items()}, sources.read()


def _of_room(sources: _Sources, study: str, room: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    model = _model(study) if room else None
    for stage in STAGES:
        module = f"{room}.{stage}"
        if module not in sources:
            continue
        kinds = kinds_of(model, stage) if model is not None else None
        code = {k: c.CODE for k, c in kinds.classes.items()} if kinds else {"": ()}
        inner = sources.children(module) if stage in (*ROW_STAGES, "measure") else []
        whole = [f"{module}.{i}" for i in sources.children(module) if i not in inner]
        # A kind without a module of its own is computed by that of a kind of what it reads.
        others = {f"{module}.{i}" for i in inner if i not in code}
        for kind in dict.fromkeys((*code, *inner)):
            own = f"{module}.{kind}" if kind in inner else module
            name = f"{stage}/{kind}" if kind else stage
            modules = {own, *whole, *AROUND.get(stage, ()), *code.get(kind, ())}
            modules |= others if kind in code and own == module else set()
            found[name] = _fingerprint(sources, modules, room or "")
        if "" not in code and not inner:
            found.pop(stage, None)
    return found


def _fingerprint(sources: _Sources, modules: set[str], room: str) -> str:
    neutral = {*NEUTRAL, *(f"{room}.{name}" for name in NEUTRAL_NAMES)}
    closure = sources.closure(modules) - neutral
    parts = {f"{m}:{sources.digest(m)}" for m in closure}
    parts |= {d for m in closure for d in sources.declared(m, room)}
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()[:16]


def _model(study: str) -> type[StudyParams] | None:
    """The class of a study's parameters; what is wrong with its module is told elsewhere."""
    try:
        return rooms_of.load(study, "params").Params
    except (ImportError, AttributeError, SyntaxError):
        return None
