"""The examples of every public name, and those of the page on Python, run as they stand."""

import ast
import doctest
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tegum

ROOT = Path(__file__).parents[2]
CALLED = ("open", "claims", "compare", "fit", "train", "Tied", "Hidden", "TwoLayer")
PAGE = (ROOT / "docs" / "python.md").read_text()
TASKS = re.findall(r"^## (.*?)\n.*?```python\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
LINES = 5


def examples():
    for name in CALLED:
        yield name, getattr(tegum, name)
    from tegum.library.battery import controls

    yield "controls", controls
    for name in tegum.plot.__all__[1:]:
        yield f"plot.{name}", getattr(tegum.plot, name)


@pytest.mark.parametrize("name", [name for name, _ in examples()])
def test_the_example_of_every_public_name_runs(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    (found,) = doctest.DocTestFinder(recurse=False).find(dict(examples())[name], name)
    runner = doctest.DocTestRunner()
    said: list[str] = []
    runner.run(found, out=said.append)
    assert runner.tries and not runner.failures, "".join(said)


def test_every_public_name_is_there_documented_and_known_to_type_checkers():
    source = ast.parse((ROOT / "src" / "tegum" / "__init__.py").read_text())
    imported = {
        alias.name
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tegum.")
        for alias in node.names
    }
    assert imported == set(tegum.__all__) == set(tegum._PLACES)
    for name in tegum.__all__:
        assert getattr(tegum, name).__doc__, name
    assert set(tegum.__all__) <= set(dir(tegum))
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        tegum.fitt  # noqa: B018


def test_the_room_of_controls_can_be_called_and_imported_from():
    from tegum.controls import labels

    assert labels.permute_labels(np.arange(3), 0).shape == (3,)
    assert callable(tegum.controls)
    assert tegum.controls.labels is labels


def imported(code: str) -> set[str]:
    command = [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return set(done.stdout.split())


def test_the_package_is_quick_to_import_and_results_need_no_torch():
    heavy = {"torch", "xarray", "pandas", "numpy", "pydantic", "holoviews", "dvc"}
    assert not heavy & imported("import tegum")
    looked = "import tegum; tegum.open('packing'); tegum.claims(); tegum.compare; tegum.plot"
    assert not {"torch", "pytorch_lightning"} & imported(looked)


def test_the_page_has_five_tasks_of_at_most_five_lines():
    tasks = [code for heading, code in TASKS if not heading.startswith("Before")]
    assert len(tasks) == 5
    for code in tasks:
        assert len([line for line in code.splitlines() if line.strip()]) <= LINES, code


def test_the_tasks_of_the_page_run_and_show_something(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT)
    names: dict = {}
    for heading, code in TASKS:
        written = code.replace('"my_dictionary"', repr(str(tmp_path / "my_dictionary")))
        exec(compile(written, heading, "exec"), names)
    assert (tmp_path / "my_dictionary" / "cfg.json").is_file()
    assert names["found"].verdicts.keys() == {"first", "second"}
    assert set(names["model"].dims) >= {"feature_probability", "seed", "feature"}
    assert names["changes"].found.study == "packing"
