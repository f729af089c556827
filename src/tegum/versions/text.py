"""A comparison as a table for people."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tegum.text import table
from tegum.versions.comparison import Change, ClaimChange, Comparison, SweepChange, VariableChange


def text(found: Comparison, top: int) -> str:
    """What differs, `top` entries of each list of cells."""
    lines = [f"{found.study}: {found.a} -> {found.b}"]
    lines += [f"note: {note}" for note in found.notes]
    for title, part in sections(found, top):
        lines += ["", title, *table(part)]
    return "\n".join([*lines, *(["", "No difference."] if found.equal else [])])


def sections(found: Comparison, top: int) -> Iterator[tuple[str, list[list[str]]]]:
    """Title and rows of each part in which there is something."""
    parts = [
        ("parameters", _named(found.params)),
        ("code", _named(found.code)),
        ("source files", [[f] for f in found.files]),
        ("claims", [_claim(c) for c in found.claims]),
    ]
    for name, where in ((found.a, found.only_a), (found.b, found.only_b)):
        parts.append((f"sweeps only in {name}", [[s] for s in where]))
    for sweep in found.sweeps:
        parts.append((f"sweep {sweep.name}", _sweep(sweep, found, top)))
        rows = [row for v in sweep.variables for row in _variable(v)]
        head = [["variable", "points", "at", "from -> to", "absolute", "relative"]]
        parts.append((f"largest differences in {sweep.name}", head + rows if rows else []))
    return ((title, rows) for title, rows in parts if rows)


def shown(value: Any) -> str:
    """A value as text; `-` where there is none."""
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def place(cell: Mapping[str, Any]) -> str:
    """A cell or point as text."""
    return " ".join(f"{axis}={shown(value)}" for axis, value in cell.items())


def _named(changes: Iterable[Change]) -> list[list[str]]:
    return [[c.name, f"{shown(c.a)} -> {shown(c.b)}"] for c in changes]


def _claim(change: ClaimChange) -> list[str]:
    a, b = change.a or {}, change.b or {}
    row = [change.id, arrow(a, b, "verdict"), arrow(a, b, "estimate")]
    rest = [f for f in ("ci_low", "ci_high", "threshold", "n") if a.get(f) != b.get(f)]
    return [*row, ", ".join(f"{f} {arrow(a, b, f)}" for f in rest)]


def arrow(a: Mapping[str, Any], b: Mapping[str, Any], field: str) -> str:
    """A field of two versions, as one value where they show the same."""
    old, new = shown(a.get(field)), shown(b.get(field))
    return old if old == new else f"{old} -> {new}"


def _sweep(sweep: SweepChange, found: Comparison, top: int) -> list[list[str]]:
    rows = [["cells in both", str(sweep.common)]]
    for name in ("changed", "added", "removed"):
        cells = getattr(sweep, name)
        if cells:
            some = "; ".join(map(place, cells[:top])) + ("; ..." if len(cells) > top else "")
            rows.append([f"cells {name}", f"{len(cells)}: {some}"])
    for change in sweep.coordinates:
        for name, values in ((found.a, change.a), (found.b, change.b)):
            only = "no such dimension" if values is None else f"{len(values)} values of its own"
            some = ", ".join(map(shown, (values or [])[:top]))
            rows.append([change.name, f"{name}: {only}" + (f": {some}" if some else "")])
    for name, variables in ((found.a, sweep.only_a), (found.b, sweep.only_b)):
        rows += [["variables", f"only in {name}: {', '.join(variables)}"]] if variables else []
    return rows


def _variable(change: VariableChange) -> Iterator[list[str]]:
    if not change.compared:
        dims = " -> ".join(f"({', '.join(d)})" for d in (change.dims_a, change.dims_b))
        yield [change.name, "not compared", f"dims {dims}", "", "", ""]
    points = f"{change.changed} of {change.compared}"
    if change.undefined:
        points += f", {change.undefined} undefined in one"
    for i, d in enumerate(change.largest):
        first = [change.name, points] if i == 0 else ["", ""]
        values = f"{shown(d.a)} -> {shown(d.b)}"
        yield [*first, place(d.at), values, shown(d.absolute), shown(d.relative)]
