"""A job killed in training goes on from its last checkpoint when the same job runs again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repository import ROOT

from tegum.build.project import Project

STUDY, SWEEP = "subset_parity", "descent"
KILLED = -9
SCRIPT = """
import os, signal, sys
from tegum.build import stages
from tegum.training import harness
from tegum.training.loop import Loop

advance, last = Loop.advance, int(sys.argv.pop(1))
harness.fit.__kwdefaults__["save_every"] = 0.0

def advance_and_die(self, stop, update):
    print("step", self.step, file=sys.stderr, flush=True)
    if self.step >= last:
        os.kill(os.getpid(), signal.SIGKILL)
    return advance(self, stop, update)

Loop.advance = advance_and_die
sys.exit(stages.main(sys.argv[1:]))
"""
"""The job as the rules run it, with a checkpoint after every call and a line for each."""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders with the parameters of one study."""
    for name in ("killed", "whole"):
        (tmp_path / name / "params" / "smoke").mkdir(parents=True)
        for params in (f"params/{STUDY}.yaml", f"params/smoke/{STUDY}.yaml"):
            shutil.copy2(ROOT / params, tmp_path / name / params)
    monkeypatch.chdir(tmp_path / "whole")
    return tmp_path / "killed", tmp_path / "whole"


def run(folder: Path, dies_at: int) -> tuple[int, list[int]]:
    """Run the bucket's job; its status, and the steps at which each call of the loop began."""
    (job,) = [j for j in Project("smoke", "cpu").row_jobs(STUDY) if j.sweep == SWEEP]
    verb = ("row", STUDY, "train", SWEEP, job.bucket, "--scale", "smoke", "--expect", job.digest)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(dies_at), *verb],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    steps = [line.split()[1] for line in done.stderr.splitlines() if line.startswith("step ")]
    assert done.returncode in (0, KILLED), done.stderr
    return done.returncode, [int(step) for step in steps]


def written(folder: Path) -> dict[str, bytes]:
    files = (folder / "data").rglob("*.*")
    return {str(f.relative_to(folder)): f.read_bytes() for f in files}


def test_a_job_killed_in_training_goes_on_from_its_checkpoint_to_the_same_bytes(places):
    killed, whole = places
    status, before = run(killed, dies_at=4)
    assert status == KILLED and not (killed / "data").exists()
    status, after = run(killed, dies_at=10**9)
    assert status == 0 and after[0] == before[-1] >= 4, "it began where it was killed"
    status, undisturbed = run(whole, dies_at=10**9)
    assert status == 0 and undisturbed[0] == 0
    assert written(killed) == written(whole) != {}
    assert not list((killed / ".tegum" / "scratch").rglob("*.ckpt")), "a finished job leaves none"
