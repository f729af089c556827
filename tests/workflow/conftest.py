"""Real repositories with two small studies, in which Snakemake, DVC and git are really run."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from repository import Repository, make


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[..., Path]:
    """Make a folder once, also when several workers ask for it."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent

    def made(name: str, build: Callable[[Path], None]) -> Path:
        done = base / f"{name}.done"
        with open(base / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                (base / name).mkdir()
                build(base / name / "repository")
                done.touch()
        return base / name / "repository"

    return made


@pytest.fixture
def unbuilt(tmp_path: Path) -> Repository:
    """A repository in which nothing was built."""
    made = make(tmp_path / "repository")
    made.commit("Studies")
    return made


@pytest.fixture(scope="session")
def template(once: Callable[..., Path]) -> Path:
    """A built, recorded, pushed and committed repository; to be copied, not changed."""

    def build(root: Path) -> None:
        made = make(root)
        made.snakemake()
        made.record("Results")

    return once("template", build)


@pytest.fixture
def built(template: Path, tmp_path: Path) -> Repository:
    """A built, recorded, pushed and committed repository of one's own."""
    shutil.copytree(template, tmp_path / "repository", ignore=shutil.ignore_patterns("*.sock"))
    return Repository(tmp_path / "repository")


LONGER = ("steps: 50", "steps: 60")


@pytest.fixture(scope="session")
def from_nothing(once: Callable[..., Path]) -> dict[str, bytes]:
    """The outputs of an undisturbed build from nothing after the edit `LONGER`."""

    def build(root: Path) -> None:
        made = make(root)
        made.params(*LONGER)
        made.snakemake()

    return Repository(once("longer", build)).outputs()


@pytest.fixture
def clone(built: Repository) -> Repository:
    """A fresh clone of `built`, not yet pulled."""
    return built.clone()
