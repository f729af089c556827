"""The tours in notebooks/ run from top to bottom, from published results, and hold no outputs."""

import json
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_LINES = 25
"""Of a cell: more does not fit on a screen."""


def cells(path: Path) -> list[str]:
    """The code of a notebook, cell by cell."""
    book = nbformat.read(path, as_version=4)
    return [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]


def test_there_are_four_tours():
    assert [path.stem[:1] for path in NOTEBOOKS] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_valid_without_outputs_and_begins_with_its_question(path):
    nbformat.validate(nbformat.read(path, as_version=4))
    raw = json.loads(path.read_text())
    code = [cell for cell in raw["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
    assert raw["cells"][0]["cell_type"] == "markdown"
    assert max(len(source.splitlines()) for source in cells(path)) <= MOST_LINES


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(path, monkeypatch):
    """Its cells in order in one namespace: what a kernel does, without a kernel."""
    monkeypatch.chdir(ROOT)
    names: dict = {"__name__": "__main__"}
    for number, source in enumerate(cells(path)):
        exec(compile(source, f"{path.name}[{number}]", "exec"), names)
