"""A second clone with the environment of the first: its own code runs."""

import subprocess
import sys

from repository import ROOT, Repository

from tegum.build.fresh import FRESH


def run(clone: Repository, module: str, *arguments: str) -> str:
    """Run a command as the environment of another clone would."""
    environment = clone.environment(PYTHONPATH=str(ROOT / "src"))
    command = [sys.executable, "-m", module, *arguments]
    options = {"cwd": clone.root, "env": environment, "text": True, "capture_output": True}
    done = subprocess.run(command, check=False, **options)
    return done.stdout + done.stderr


def test_a_clone_in_the_environment_of_another_runs_its_own_code(built, from_nothing):
    """The studies of these tests are in the code of no other clone."""
    assert "2 studies are valid" in run(built, "tegum.cli", "check")
    said = run(built, "snakemake", "-n")
    assert "Nothing to be done" in said, said
    built.edit("src/tegum/studies/random_walk/measure.py", "> sweep.params", "> 2 * sweep.params")
    assert "measure random_walk/drift: its code changed" in run(built, "tegum.cli", "why")
    said = run(built, "snakemake")
    assert "random_walk measure drift" in said, said
    assert "Nothing to be done" in built.snakemake().text


def test_all_is_computed_anew_where_that_is_asked_for(built):
    before = built.outputs()
    again = built.snakemake("--config", "fresh=true")
    assert len(again.cells("random_walk", "train")) > 6
    assert "0 of " in again.text and "rows differ from those that were known" in again.text
    assert built.outputs() == before
    assert FRESH not in built.environment()
    assert "Nothing to be done" in built.snakemake().text


MOVED = """
from tegum.data.files import forget
from tegum.data.row_cache import load_rows, save_rows
from tegum.experiment.layout import LOCAL
forget(LOCAL / "rows")
path = "data/random_walk/train/drift/0.nc"
rows, keys = load_rows(path)
rows["position"] = rows["position"] * (1 + 1e-9)
save_rows(path, rows, keys, None)
"""


def test_rows_that_come_out_otherwise_are_counted_when_computed_anew(built):
    """As they do on another processor, under the same keys."""
    built.run(sys.executable, "-c", MOVED)
    again = built.snakemake("--config", "fresh=true")
    said = next(line for line in again.text.splitlines() if "computed anew" in line)
    assert not said.startswith("computed anew: 0 of") and "by at most 1.0e-09" in said, said
