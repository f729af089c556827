"""Reference pages made of the code: the commands, and the modules of the library.

Modules are read by griffe, which mkdocstrings is built on, and never imported: torch is not needed.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tegum.site.views import escaped

if TYPE_CHECKING:
    import griffe  # pyright: ignore[reportMissingImports]

ROOMS = (
    "data",
    "experiment",
    "figures",
    "ledger",
    "evidence",
    "interop",
    "controls",
    "dictionaries",
    "metrics",
    "models",
    "probes",
    "synthetic",
    "theory",
    "training",
)
"""Packages whose public names the reference shows, module by module."""
SOURCE = Path(__file__).parents[2]
QUIET = {"warnings": False, "warn_unknown_params": False}
LINE = 88
"""Columns of a signature that is written in one line."""


def command_line(parser: argparse.ArgumentParser) -> str:
    """The page of all commands: what `--help` says of each."""
    lines = ["# Command line", "", "What `tegum VERB --help` says.", ""]
    for verb, command in _commands(parser):
        with _wide():
            shown = command.format_help().rstrip()
        lines += [f"## tegum {verb}", "", "```text", shown, "```", ""]
    return "\n".join(lines)


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


@contextmanager
def _wide() -> Iterator[None]:
    """Help of the same width and without colours, whatever terminal this is."""
    before = {name: os.environ.get(name) for name in ("COLUMNS", "NO_COLOR")}
    os.environ.update(COLUMNS="84", NO_COLOR="1")
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def library() -> dict[str, str]:
    """Path, under the source folder, to text of the pages of the library."""
    import griffe  # pyright: ignore[reportMissingImports]

    package = griffe.load(
        "tegum", search_paths=[SOURCE], docstring_parser="google", docstring_options=QUIET
    )
    rooms = {name: package[name] for name in ROOMS if name in package.modules}
    index = ["# Library", "", "```{toctree}", ":maxdepth: 1", "", "tegum", *rooms, "```", ""]
    found = {
        "reference/api/index.md": "\n".join(index),
        "reference/api/tegum.md": "\n".join(["# tegum", "", *_module(package, "##")]),
    }
    for name, room in rooms.items():
        lines = [f"# tegum.{name}", "", *_module(room, "##")]
        for inner in room.modules.values():
            if not inner.is_alias and not inner.name.startswith("_"):
                lines += [f"## {escaped(inner.name)}", "", *_module(inner, "###")]
        found[f"reference/api/{name}.md"] = "\n".join(lines)
    return found


def _module(module: "griffe.Module", level: str) -> list[str]:
    """What a module says of itself, and its public classes and functions."""
    lines = _docstring(module)
    for member in module.members.values():
        if not _public(member, module):
            continue
        if member.is_class or member.is_function:
            lines += [f"{level} {escaped(member.name)}", "", *_member(member)]
    return lines


def _public(member: "griffe.Object | griffe.Alias", module: "griffe.Module") -> bool:
    """Whether a name is one of the module's own, or one that it says it offers."""
    if member.name.startswith("_"):
        return False
    exported = {str(name) for name in module.exports or ()}
    if member.is_alias:
        return member.name in exported and _resolves(member)
    return not member.is_module


def _resolves(alias: "griffe.Object | griffe.Alias") -> bool:
    import griffe  # pyright: ignore[reportMissingImports]

    try:
        return alias.is_class or alias.is_function
    except griffe.AliasResolutionError:
        return False


def _member(member: "griffe.Object | griffe.Alias") -> list[str]:
    """Signature, docstring and, of a class, its fields and methods."""
    if member.is_function:
        return ["```python", *_signature(member), "```", "", *_docstring(member)]
    bases = ", ".join(str(base) for base in member.bases)
    head = f"class {member.name}({bases})" if bases else f"class {member.name}"
    fields = [m for m in member.attributes.values() if not m.name.startswith("_")]
    lines = ["```python", head, "```", "", *_docstring(member)]
    rows = [
        f"`{f.name}`{f': `{f.annotation}`' if f.annotation else ''}\n: {_first(f)}\n"
        for f in fields
        if f.docstring or f.annotation
    ]
    lines += rows
    for method in member.functions.values():
        if not method.name.startswith("_") and method.docstring:
            lines += ["```python", *_signature(method), "```", "", *_docstring(method)]
    return lines


def _first(field: "griffe.Attribute") -> str:
    """What is said of a field, as one line."""
    return " ".join(field.docstring.value.split()) if field.docstring else "…"


def _signature(function: "griffe.Object | griffe.Alias") -> list[str]:
    """A function's signature as Python, a parameter per line where one line is too short."""
    parts, keyword_only = [], False
    for parameter in function.parameters:
        kind = parameter.kind.value if parameter.kind else ""
        stars = {"variadic positional": "*", "variadic keyword": "**"}.get(kind, "")
        keyword_only |= stars == "*"
        if kind == "keyword-only" and not keyword_only:
            parts, keyword_only = [*parts, "*"], True
        typed = f": {parameter.annotation}" if parameter.annotation else ""
        space = " " if typed else ""
        default = parameter.default
        given = f"{space}={space}{default}" if default is not None and not stars else ""
        parts.append(f"{stars}{parameter.name}{typed}{given}")
    result = f" -> {function.returns}" if function.returns else ""
    line = f"{function.name}({', '.join(parts)}){result}"
    if len(line) <= LINE:
        return [line]
    return [f"{function.name}(", *(f"    {part}," for part in parts), f"){result}"]


def _docstring(thing: "griffe.Object | griffe.Alias") -> list[str]:
    """A docstring as Markdown; its sections as lists."""
    if not thing.docstring:
        return []
    lines: list[str] = []
    for section in thing.docstring.parsed:
        if section.kind.value == "text":
            lines += [section.value, ""]
        elif section.kind.value == "examples":
            for kind, text in section.value:
                code = kind.value == "examples"
                lines += ["```pycon", text, "```", ""] if code else [text, ""]
        elif isinstance(section.value, list):
            title = section.kind.value.capitalize()
            lines += [f"{title}:", "", *map(_entry, section.value), ""]
    return lines


def _entry(entry: "griffe.DocstringElement") -> str:
    name = getattr(entry, "name", "") or str(entry.annotation or "")
    words = " ".join(entry.description.split())
    return f"- `{name}`: {words}" if name else f"- {words}"
