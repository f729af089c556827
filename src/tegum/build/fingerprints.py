"""Code fingerprints: what a stage's numbers depend on beside parameters and data."""

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import tegum
from tegum.data import store
from tegum.errors import TegumError

NEUTRAL = (
    "tegum",
    "tegum.errors",
    "tegum.data",
    "tegum.data.schema",
    "tegum.data.store",
    "tegum.experiment",
    "tegum.labels",
    "tegum.experiment.layout",
    "tegum.experiment.params",
    "tegum.experiment.sweep",
)
"""Modules that cannot change a number: what they decide is in the key or in the labels."""
NEUTRAL_NAMES = ("params", "schema")
"""Modules of a study's room that declare and do not compute; their values are in the key."""
STAGES = ("generate", "train", "fit", "control", "measure", "claims", "figures")
CELL = ("tegum.experiment.cell", "tegum.experiment.seeds")
AROUND = {
    **dict.fromkeys(("generate", "train"), CELL),
    **dict.fromkeys(("fit", "control", "measure"), (*CELL, "tegum.data.rows")),
    "figures": ("tegum.figures.render",),
}
"""Modules that compute what a stage is given, which its own module does not import."""


def _shape(node: Any) -> Any:
    """Nested lists of names and syntax, the same on every supported Python."""
    if isinstance(node, ast.AST):
        body = getattr(node, "body", None)
        fields: list[Any] = [type(node).__name__]
        for name, value in ast.iter_fields(node):
            if name in ("type_params", "type_comment", "kind", "ctx"):
                continue
            if name == "body" and isinstance(body, list) and _is_text(body):
                value = body[1:]
            if isinstance(node, ast.JoinedStr):
                value = [v for v in value if not (isinstance(v, ast.Constant) and v.value == "")]
            if value is None or value == []:
                continue
            fields.append([name, _shape(value)])
        return fields
    if isinstance(node, list):
        return [_shape(n) for n in node if not (isinstance(n, ast.Expr) and _is_text([n]))]
    return [type(node).__name__, repr(node)]


def _is_text(body: list) -> bool:
    first = body[0] if body else None
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def source_digest(source: str) -> str:
    """Digest of a module's syntax without comments, docstrings and layout.

    Raises:
        TegumError: when it is not valid Python.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise TegumError(f"not valid Python: {error}") from None
    shape = json.dumps(_shape(tree), separators=(",", ":"))
    return hashlib.sha256(shape.encode()).hexdigest()


def fingerprints(studies: Iterable[str]) -> dict[str, dict[str, str]]:
    """Study to stage to the fingerprint of the import closure of that stage's module."""
    import grimp
    from grimp.exceptions import SourceSyntaxError

    try:
        graph = grimp.build_graph("tegum", cache_dir=None)
    except SourceSyntaxError as error:
        raise TegumError(f"{error.filename}: line {error.lineno}: not valid Python") from None
    package = Path(tegum.__file__).parent

    @cache
    def digest_of(module: str) -> str:
        path = package.joinpath(*module.split(".")[1:])
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        return source_digest(store.read_text(file))

    found: dict[str, dict[str, str]] = {}
    for study in studies:
        found[study] = {}
        for stage in STAGES:
            module = f"tegum.studies.{study}.{stage}"
            if module not in graph.modules:
                continue
            closure = {module, *AROUND.get(stage, ())} | graph.find_upstream_modules(module)
            parts = sorted(f"{m}:{digest_of(m)}" for m in closure if not _neutral(m))
            found[study][stage] = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    return found


def _neutral(module: str) -> bool:
    in_study = module.startswith("tegum.studies.") and module.rsplit(".", 1)[-1] in NEUTRAL_NAMES
    return module in NEUTRAL or in_study
