"""docs/reliability.md and the tests of faults name each other."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "reliability.md"
ROW = re.compile(
    r"^\| (?P<fault>[^|]+) \| (?P<ends>[^|]+) \| `(?P<file>[^|:]+)::(?P<test>\w+)` \|$"
)


def names_in(file: Path) -> set[str]:
    names = {n.name for n in ast.parse(file.read_text()).body if isinstance(n, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


def rows() -> list[re.Match[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("|")]
    lines = [n for n in lines if n not in ("| fault | what happens | test |", "|---|---|---|")]
    found = [ROW.match(line) for line in lines]
    assert all(found), [line for line, row in zip(lines, found, strict=True) if not row]
    return [row for row in found if row]


def test_every_row_has_a_test_that_is_there():
    assert len(rows()) > 30
    for row in rows():
        assert row["test"] in names_in(HERE / row["file"]), row["test"]


def test_no_test_has_two_rows():
    told = [(row["file"], row["test"]) for row in rows()]
    assert len(told) == len(set(told)), {t for t in told if told.count(t) > 1}


def test_every_test_of_a_fault_has_a_row():
    told = {(row["file"], row["test"]) for row in rows()}
    files = [f for f in HERE.glob("test_*.py") if f != Path(__file__)]
    assert {(f.name, test) for f in files for test in names_in(f)} <= told
