"""Real repositories with small studies, in which Snakemake, DVC and git are really run."""

import ast
import compileall
import json
import os
import py_compile
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ROOT / "tests" / "workflow" / "studies"
LONGER = ("steps: 50", "steps: 60")
"""An edit of `random_walk` that trains every row again, for `Repository.params`."""
SKIPPED = shutil.ignore_patterns(
    "__pycache__", "*.egg-info", "cache", "tmp", "config.local", "*.sock"
)


@dataclass
class Run:
    """What one command printed, and what the studies say that they executed."""

    code: int
    text: str
    executed: list[dict] = field(default_factory=list)
    logged: dict[str, dict] = field(default_factory=dict)

    def cells(self, study: str, stage: str) -> list[dict]:
        """Axes of the cells that `stage` really computed, in order of their text."""
        found = [e for e in self.executed if (e["study"], e["stage"]) == (study, stage)]
        return sorted((a for e in found for a in e["cells"]), key=repr)

    @property
    def stages(self) -> set[tuple[str, str]]:
        """(study, stage) of all that really executed."""
        return {(e["study"], e["stage"]) for e in self.executed}

    def steps(self) -> int:
        """Number of training steps that were really made."""
        return sum(sum(e.get("steps", [])) for e in self.executed)

    def rows(self, study: str, stage: str) -> tuple[int, int]:
        """(computed, reused) rows of a stage, as the logs of its jobs say."""
        found = [v["rows"] for k, v in self.logged.items() if k.startswith(f"{study}/{stage}/")]
        return sum(r["computed"] for r in found), sum(r["reused"] for r in found)


class Repository:
    """One clone: run things in it, edit it, look at its files."""

    python: str = sys.executable
    """What `run` starts for `sys.executable`; the session's warm processes, see `warm.py`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of every command: this clone's code, no settings of the person."""
        drop = ("TEGUM_", "DVC_", "GIT_", "SNAKEMAKE_", "PYTEST_", "COV_")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(drop)}
        who = {
            f"GIT_{r}_{k}": "test@localhost"
            for r in ("AUTHOR", "COMMITTER")
            for k in ("NAME", "EMAIL")
        }
        return kept | who | {
            "PYTHONPATH": str(self.root / "src"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TEGUM_PYTHON": self.python,
            "TEGUM_TEST_TRACE": str(self.root.parent / f"{self.root.name}.trace"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "DVC_SITE_CACHE_DIR": str(self.root.parent / "site-cache"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.root.parent / "dvc-global"),
            "DVC_NO_ANALYTICS": "1",
            "XDG_CACHE_HOME": str(self.root.parent / "cache"),
            **more,
        }  # fmt: skip

    def start(self, *command: str, fault: str = "", **variables: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own; the trace is emptied first.

        All of its processes are in that group unless the command is that of `python`.
        """
        Path(self.environment()["TEGUM_TEST_TRACE"]).write_text("")
        shutil.rmtree(self.root / "logs", ignore_errors=True)
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment(TEGUM_TEST_FAULT=fault, **variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def trace(self) -> list[dict]:
        """What the studies executed since the last command began."""
        text = Path(self.environment()["TEGUM_TEST_TRACE"]).read_text()
        return [json.loads(line) for line in text.splitlines()]

    def run(self, *command: str, fault: str = "", fails: bool = False) -> Run:
        """Run a command to its end; Python's libraries are imported already where they can be."""
        warm = (self.python, *command[1:]) if command[0] == sys.executable else command
        process = self.start(*warm, fault=fault)
        text, _ = process.communicate(timeout=900)  # the machine may be busy
        if (process.returncode != 0) != fails:
            pytest.fail(f"{' '.join(command)} returned {process.returncode}:\n{text}")
        logs = self.root / "logs" / "laptop"
        texts = {str(f.relative_to(logs)): f.read_text() for f in logs.rglob("*.json")}
        logged = {name: json.loads(text) for name, text in texts.items() if text}
        return Run(process.returncode, text, self.trace(), logged)

    def snakemake(self, *args: str, fault: str = "", fails: bool = False) -> Run:
        return self.run(sys.executable, "-m", "snakemake", *args, fault=fault, fails=fails)

    def assert_built(self, *args: str) -> None:
        """A build has nothing to do."""
        ran = self.snakemake(*args)
        assert "Nothing to be done" in ran.text and not ran.executed, ran.text

    def assert_rebuilt(self, outputs: dict[str, bytes]) -> None:
        """A build has something to do, and ends in these outputs."""
        assert "Nothing to be done" not in self.snakemake().text
        assert self.outputs() == outputs

    def assert_recorded(self) -> None:
        """DVC has nothing to do."""
        status = self.dvc("status").text
        assert "up to date" in status, status

    def dvc(self, *args: str, fails: bool = False) -> Run:
        return self.run(sys.executable, "-m", "dvc", *args, fails=fails)

    def tegum(self, *args: str, fails: bool = False) -> Run:
        return self.run(sys.executable, "-m", "tegum.cli", *args, fails=fails)

    def git(self, *args: str) -> str:
        return self.run("git", *args).text

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def record(self, message: str) -> Run:
        """What `make repro` does: let DVC record what Snakemake built, push it, commit."""
        ran = self.dvc("repro", "--quiet")
        self.dvc("push", "--quiet")
        self.commit(message)
        return ran

    def clone(self, name: str = "clone") -> "Repository":
        """A fresh clone beside this one that pulls from this one's remote; no data in it."""
        copy = Repository(self.root.parent / name)
        self.run("git", "clone", "-q", str(self.root), str(copy.root))
        copy.dvc("remote", "add", "--local", "-f", "published", str(self.root / "published"))
        return copy

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    def write(self, path: str, text: str) -> None:
        (self.root / path).write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace text that is there exactly once."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} in {path}"
        self.write(path, text.replace(old, new))

    def params(self, old: str, new: str) -> None:
        """Edit params/random_walk.yaml."""
        self.edit("params/random_walk.yaml", old, new)

    def outputs(self) -> dict[str, bytes]:
        """Bytes of every netCDF and JSON file under data/ and results/, but for the seals."""
        files = [f for top in ("data", "results") for f in (self.root / top).rglob("*.*")]
        kept = [f for f in files if f.suffix in (".nc", ".json")]
        return {str(f.relative_to(self.root)): f.read_bytes() for f in kept}

    def touch(self) -> None:
        """Give every file outside .git and .snakemake the present time, in no useful order."""
        skipped = {".git", ".snakemake", ".tegum", ".dvc", "published"}
        for place, folders, files in os.walk(self.root):
            folders[:] = sorted(set(folders) - skipped, reverse=True)
            for file in files:
                os.utime(Path(place, file))

    @contextmanager
    def hanging(self, *args: str, fault: str) -> Iterator[None]:
        """Run Snakemake until the fault hangs its job; at the end kill the whole process group."""
        process = self.start(sys.executable, "-m", "snakemake", *args, fault=fault)
        stage = fault.split(":")[0]
        deadline = time.monotonic() + 120
        try:
            while not any(e["stage"] == stage for e in self.trace()):
                assert process.poll() is None, process.communicate()[0]
                assert time.monotonic() < deadline, "the job never began"
                time.sleep(0.1)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def beside(self, *args: str, module: str = "snakemake") -> str:
        """Run a second Snakemake, or DVC, beside one that runs."""
        command = [sys.executable, "-m", module, *args]
        options = {"cwd": self.root, "env": self.environment(), "text": True}
        done = subprocess.run(command, capture_output=True, check=False, **options)
        return done.stdout + done.stderr


def keep_figures(root: Path, study: str, *names: str) -> None:
    """Leave out all other figures of a study: drawing them takes more CPU than a build's rest."""
    place = root / "src" / "tegum" / "studies" / study / "figures"
    files = place.glob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    for file in files:
        lines = file.read_text().splitlines()
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name not in names:
                for call in node.decorator_list:
                    for line in range(call.lineno - 1, call.end_lineno or call.lineno):
                        lines[line] = ""
        file.write_text("\n".join(lines) + "\n")


def make(root: Path, rooms: Iterable[Path] = ()) -> Repository:
    """A repository with the project's workflow and the test studies; nothing is built.

    Args:
        rooms: rooms of the studies; by default those of the workflow tests.
    """
    for name in ("src", "workflow", "profiles"):
        shutil.copytree(ROOT / name, root / name, ignore=SKIPPED)
    for name in ("Snakefile", ".dvcignore", ".gitignore"):
        shutil.copy2(ROOT / name, root / name)
    (root / ".dvc" / "plots").mkdir(parents=True)
    for name in ("config", ".gitignore", "plots/claims.json"):
        shutil.copy2(ROOT / ".dvc" / name, root / ".dvc" / name)
    studies = root / "src" / "tegum" / "studies"
    for room in filter(Path.is_dir, list(studies.iterdir())):
        shutil.rmtree(room)
    (root / "workflow" / "code.json").unlink(missing_ok=True)
    (root / "params").mkdir()
    for room in rooms or filter(Path.is_dir, STUDIES.iterdir()):
        shutil.copytree(room, studies / room.name, ignore=SKIPPED)
        (studies / room.name / "params.yaml").rename(root / "params" / f"{room.name}.yaml")
    # Commands write no bytecode here: two edits in a second would not be told apart by its time.
    by_content = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(root / "src", quiet=1, invalidation_mode=by_content)
    made = Repository(root)
    made.git("init", "-q", "-b", "main")
    sync = "from tegum.build import dvc, project; dvc.sync(project.Project())"
    made.run(sys.executable, "-c", sync)
    return made
