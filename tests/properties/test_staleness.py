"""After any small edits, exactly the jobs and rows that the rules name are computed.

`pytest tests/properties --edits 400` makes a longer test. A failure prints the steps that led to
it; `--replay "STEPS"` makes them again, and `--shrink` looks for fewer steps that fail as well.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from walk import Walk, steps

LENGTH = 12
"""Edits of one walk."""
FAILURES = (AssertionError, pytest.fail.Exception)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    walks = range(option("first_walk"), option("first_walk") + -(-option("edits") // LENGTH))
    metafunc.parametrize("seed", [None] if option("replay") else walks)


def take(todo: list[str], *, pristine: Path, folder: Path) -> Walk:
    """Make the steps, then compare with a build from nothing."""
    folder.mkdir()
    walk = Walk(pristine, folder)
    for step in todo:
        walk.step(step)
    walk.from_nothing(folder / "nothing")
    return walk


def shorter(todo: list[str]) -> Iterator[list[str]]:
    """The steps without a part of them, large parts first."""
    size = len(todo) // 2
    while size:
        for start in range(0, len(todo), size):
            yield todo[:start] + todo[start + size :]
        size //= 2


def shrunk(todo: list[str], folder: Path, **where) -> str:
    """Leave out steps as long as what is left fails; the message of the last failure."""
    message, tries = "", 0
    progress = True
    while progress:
        progress = False
        for part in shorter(todo):
            tries += 1
            try:
                take(part, folder=folder / str(tries), **where)
            except FAILURES as error:
                todo, message, progress = part, str(error), True
                break
    return message


def test_what_runs_after_edits_is_what_they_affect(
    seed, request, pristine, tmp_path, record_property
):
    option = request.config.getoption
    todo = option("replay").split() if seed is None else steps(seed, LENGTH)
    try:
        walk = take(todo, pristine=pristine, folder=tmp_path / "walk")
    except FAILURES as error:
        if not option("shrink"):
            raise
        pytest.fail(shrunk(todo, tmp_path, pristine=pristine) or str(error))
    record_property("edits", dict(walk.count))
