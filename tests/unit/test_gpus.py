"""Each job of a machine with several GPUs has one to itself."""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tegum.build import gpus, stages
from tegum.build.project import Project
from tegum.data import locks

ROOT = Path(__file__).parents[2]
JOB = """
import sys
from tegum.build.gpus import one_of_them
with one_of_them(pause=0.05) as gpu:
    print(gpu, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without GPUs and without jobs."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(gpus, "DEVICES", tmp_path / "dev")
    monkeypatch.delenv(gpus.VISIBLE, raising=False)
    return tmp_path


def start(visible: str) -> subprocess.Popen[str]:
    """A job that holds its GPU until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", JOB],
        env={**os.environ, gpus.VISIBLE: visible, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def given(job: subprocess.Popen[str]) -> str:
    assert job.stdout is not None
    return job.stdout.readline().strip()


def test_jobs_have_different_gpus_and_one_that_finds_none_waits():
    """Of two GPUs: the third job gets that of the first, which is killed."""
    first, second = start("3,GPU-7a"), start("3,GPU-7a")
    taken = given(first)
    assert {taken, given(second)} == {"3", "GPU-7a"}
    assert locks.claim(gpus.locks() / "3.lock") is None, "both are held"
    third = start("3,GPU-7a")
    time.sleep(0.5)
    assert third.poll() is None
    first.kill()
    first.communicate()
    assert given(third) == taken
    for job in (second, third):
        job.communicate()
        assert job.returncode == 0
    assert locks.claim(gpus.locks() / "3.lock") is not None, "a job that ends lets go"


def test_a_machine_shows_its_gpus_and_a_job_that_was_given_one_keeps_it(machine, monkeypatch):
    assert gpus.visible() == []
    with gpus.one_of_them() as gpu:
        assert gpu is None and gpus.VISIBLE not in os.environ
    (machine / "dev").mkdir()
    for name in ("nvidia10", "nvidia2", "nvidiactl", "nvidia-uvm"):
        (machine / "dev" / name).touch()
    assert gpus.visible() == ["2", "10"]
    with gpus.one_of_them() as gpu:
        assert gpu == os.environ[gpus.VISIBLE] == "2"
    assert gpus.VISIBLE not in os.environ
    monkeypatch.setenv(gpus.VISIBLE, "0")
    held = locks.claim(gpus.locks() / "0.lock")
    with gpus.one_of_them() as gpu:
        assert gpu == "0", "that of another job of SLURM may have the same number"
    assert held is not None


@pytest.mark.parametrize(("device", "seen"), [("cuda", "4"), ("cpu", "4,6")])
def test_a_row_of_the_gpu_is_computed_with_one_alone(machine, monkeypatch, device, seen):
    for params in ("params/subset_parity.yaml", "params/smoke/subset_parity.yaml"):
        (machine / params).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / params, machine / params)
    monkeypatch.chdir(machine)
    monkeypatch.setenv(gpus.VISIBLE, "4,6")
    found = []
    build = SimpleNamespace(row=lambda *_: found.append(os.environ[gpus.VISIBLE]) or {})
    monkeypatch.setattr(stages, "Build", lambda *_: build)
    project = Project("smoke", device)
    job = project.row_jobs("subset_parity")[0]
    args = argparse.Namespace(
        study=job.study,
        stage=job.stage,
        sweep=job.sweep,
        bucket=job.bucket,
        scale="smoke",
        expect=job.digest,
    )
    stages._row(project, args, SimpleNamespace(unchanged=lambda: None))  # type: ignore[arg-type]
    assert found == [seen]
