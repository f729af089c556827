"""Files of strangers in the places of a built project: one line from each command that reads them.

Each is tried in each place, whatever it is called and holds.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from faults.test_others import saelens

from tegum import cli
from tegum.build.project import CODE, Project
from tegum.data import files

CASES = sorted((Path(__file__).parents[1] / "cases").iterdir())
SECONDS = 30
"""Of processor time, so that what else runs on the machine does not count."""
STUDY = "random_walk"
MEASURE = f"data/{STUDY}/measure/drift.nc"
ROWS = f"data/{STUDY}/train/drift/0"
PLACES = {
    MEASURE: (("show", STUDY), ("check", STUDY), ("compare", STUDY, "HEAD")),
    f"{ROWS}.nc": (("check", STUDY),),
    f"{ROWS}.keys.json": (("check", STUDY),),
    f"results/{STUDY}/claims.json": (("claims", STUDY), ("reproduce",)),
    "results/ledger.json": (("claims",),),
    f"params/{STUDY}.yaml": (("check",), ("compare", STUDY, "HEAD"), ("reproduce",)),
    "workflow/code.json": (("compare", STUDY, "HEAD"),),
}
"""Place in a project to the commands that read it."""


def contents() -> Iterator[tuple[str, bytes]]:
    """The cases, and some that are made by a rule."""
    yield from ((case.name, case.read_bytes()) for case in CASES)
    yield from {
        "empty": b"",
        "deep": b"[" * 20000,
        "not UTF-8": b"\xff\xfe\x00",
        "a number": b"5\n",
        "gzip of zeros": b"\x1f\x8b\x08" + bytes(40),
        "HDF5 and no more": b"\x89HDF\r\n\x1a\n" + bytes(100),
    }.items()


class TooLong(BaseException):
    """A command that does not end."""


def _ring(*_: object) -> None:
    raise TooLong


@contextmanager
def in_time() -> Iterator[None]:
    before = signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def files_here() -> dict[str, bytes]:
    """What is in the project, but for what git and the tools keep for themselves."""
    own = (".git", ".dvc", ".tegum", ".snakemake")
    found = [p for p in Path().rglob("*") if p.is_file() and p.parts[0] not in own]
    return {str(p): p.read_bytes() for p in found}


def refused(command: tuple[str, ...], said: Callable[[], str], place: str) -> str:
    """What is wrong with how a command ends; nothing where it says a line that names the place."""
    try:
        with in_time():
            status = cli.main(command)
    except BaseException as error:  # also of what should have ended the process
        return repr(error)
    text = said()
    lines = [line for line in text.splitlines() if place in line]
    fine = status in (1, 2) and len(lines) >= 1 and all(len(line) < 1000 for line in lines)
    return "" if fine and "Traceback" not in text else f"status {status}: {text}"


@pytest.fixture
def said(capsys) -> Callable[[], str]:
    """All that was printed since it was asked last."""

    def told() -> str:
        found = capsys.readouterr()
        return found.out + found.err

    return told


@pytest.mark.parametrize("place", PLACES)
def test_a_file_of_a_stranger_in_a_project_is_refused_by_all_that_read_it(
    in_built, monkeypatch, said, place
):
    if not place.startswith("params"):
        project = Project(fingerprints=files.read_json(CODE))
        monkeypatch.setattr(cli, "_project", lambda _: project)
        monkeypatch.setattr("tegum.versions.reproduce.Project", lambda _: project)

    good = Path(place).read_bytes()
    before, wrong = files_here(), {}
    for name, content in contents():
        Path(place).write_bytes(content)
        for command in PLACES[place]:
            if problem := refused(command, said, place):
                wrong[name, *command] = problem
        assert files_here() == before | {place: content}
    Path(place).write_bytes(good)
    assert not wrong


@pytest.mark.parametrize("place", ["a.npz", "a.safetensors", "a.nc"])
def test_a_file_of_a_stranger_is_refused_as_arrays_whatever_it_is_called(
    tmp_path, monkeypatch, said, place
):
    monkeypatch.chdir(tmp_path)
    wrong = {}
    for name, content in contents():
        Path(place).write_bytes(content)
        for verb in ("controls", "contrast"):
            if problem := refused((verb, place), said, place):
                wrong[name, verb] = problem
        assert files_here() == {place: content}
    assert not wrong


@pytest.mark.parametrize(
    "place", ["sae/cfg.json", "sae/sae_weights.safetensors", "dictionary.safetensors"]
)
def test_a_file_of_a_stranger_is_refused_in_a_dictionary(tmp_path, monkeypatch, said, place):
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=(160, 1))
    np.savez("a.npz", activations=rng.normal(size=(160, 3)) + labels, labels=labels)
    saelens({})
    dictionary = place.split("/")[0]
    before, wrong = files_here(), {}
    for name, content in contents():
        Path(place).write_bytes(content)
        command = ("controls", "a.npz", "--dictionary", dictionary)
        if problem := refused(command, said, dictionary):
            wrong[name] = problem
        assert files_here() == before | {place: content}
    assert not wrong
