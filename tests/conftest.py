"""Settings of all tests, and real repositories with two small studies for those that build."""

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import warm
from repository import LONGER, Repository, make

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[1] / ".tegum/numba"))

from hypothesis import HealthCheck, settings

gc.set_threshold(50_000, 20, 50)  # modules and plans stay: a tenth of the time was spent on them

settings.register_profile(
    "tegum",
    deadline=None,
    max_examples=50,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],  # of a busy machine, not of a test
)
settings.load_profile("tegum")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("walks of edits (tests/properties)")
    group.addoption("--edits", type=int, default=24, help="number of edits in all, by default 24")
    group.addoption("--first-walk", type=int, default=0, help="seed of the first walk")
    group.addoption("--replay", help="the steps of one walk, as a failure prints them")
    group.addoption("--figures", type=int, default=1, help="of each study whose texts are measured")
    group.addoption("--shrink", action="store_true", help="leave out what a failure does not need")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Builds first: at the end of the session no worker should wait for one."""
    items.sort(key=lambda item: "unit" in item.path.parts)


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


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What repositories start for `python -m MODULE`, with its libraries imported."""
    with (
        warm.python(tmp_path_factory.mktemp("python")) as script,
        pytest.MonkeyPatch.context() as m,
    ):
        m.setattr(Repository, "python", script)
        yield script


@pytest.fixture
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def unbuilt(tmp_path: Path, python: str) -> Repository:
    """A repository in which nothing was built."""
    made = make(tmp_path / "repository")
    made.commit("Studies")
    return made


@pytest.fixture(scope="session")
def template(once: Callable[..., Path], python: str) -> Path:
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


@pytest.fixture(scope="session")
def from_nothing(once: Callable[..., Path], python: str) -> dict[str, bytes]:
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
