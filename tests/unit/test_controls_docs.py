"""What docs/controls.md shows is what happens, and every control stands in it."""

import inspect
import re
import shlex
from pathlib import Path

import pytest

from tegum import cli
from tegum.controls import activations, inputs, interventions, labels, weights
from tegum.evidence.verdict import Verdict

PAGE = (Path(__file__).parents[2] / "docs" / "controls.md").read_text()


def verdicts(table: str) -> dict[str, str]:
    """Variable to verdict in a table of the command."""
    return dict(re.findall(rf"^  (\S.*?)  +({'|'.join(Verdict)})  ", table, re.M))


def test_the_example_gives_the_verdicts_that_the_page_shows(tmp_path, monkeypatch, capsys):
    script, commands, shown = (
        re.search(pattern, PAGE, re.S)[1]
        for pattern in (r"```python\n(.*?)```", r"```sh\n(.*?)```", r"```\n(variables\n.*?)```")
    )
    monkeypatch.chdir(tmp_path)
    first, second = commands.splitlines()
    assert first == "python write_arrays.py"
    exec(compile(script, "write_arrays.py", "exec"), {})
    program, *arguments = shlex.split(second)
    assert program == "tegum"
    assert cli.main([*arguments, "--draws", "20"]) == 0
    found, expected = verdicts(capsys.readouterr().out), verdicts(shown)
    assert found == expected
    assert list(expected.values()) == ["MODEL", "DATASET", "PROBE-ARTEFACT"]
    assert {p.name for p in Path("model.controls").iterdir()} == {"controls.nc", "controls.html"}


@pytest.mark.parametrize("module", [activations, inputs, interventions, labels, weights])
def test_the_page_names_every_control(module):
    own = [
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    assert own and not [name for name in own if f"`{name}`" not in PAGE]
