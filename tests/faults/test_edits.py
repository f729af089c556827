"""Code that is edited while a build runs: no result is kept under the name of other code."""

import shutil
from functools import partial

import pytest
from faults.injection import in_child, run_stage
from faults.test_figures import FIGURES

ROOM = "src/tegum/studies/random_walk"
JOBS = {
    "steps": ("row", "random_walk", "train", "drift", "0"),
    "measure": ("measure", "random_walk", "drift"),
    "claims": ("judge", "random_walk"),
    "figures": ("render", "random_walk"),
}
"""Module to a job that loads it."""
ONCE = """
import pathlib
import sys

if "tegum.build.stages" in sys.modules and pathlib.Path("edit").exists():
    pathlib.Path("edit").unlink()
    with open(__file__, "a") as file:
        file.write("\\nADDED = 1\\n")
"""
"""What edits its own module, once, when a job has loaded it."""


@pytest.mark.parametrize("module", JOBS)
def test_a_job_whose_code_was_edited_since_the_plan_keeps_nothing(built, capfd, module):
    path = f"{ROOM}/{module}.py"
    if module == "figures":
        built.write(path, FIGURES)
    built.snakemake("-n")
    shutil.rmtree(built.root / ".tegum/rows")  # or the job would load no code
    planned, before = built.read(path), built.outputs()
    job = partial(run_stage, built, *JOBS[module])
    built.write(path, f"{planned}\nADDED = 1\n")
    assert in_child(job) == 1
    assert f"{path} changed while this build ran: run it again" in capfd.readouterr().err
    assert built.outputs() == before
    assert not list((built.root / "data").rglob("*.png"))
    built.write(path, f"# Said otherwise.\n{planned}")
    assert in_child(job) == 0


def test_an_edit_after_a_job_has_loaded_its_code_is_told_and_the_next_build_is_right(built):
    path = f"{ROOM}/measure.py"
    built.edit(path, "> sweep.params", "> 1 * sweep.params")
    built.write(path, built.read(path) + ONCE)
    built.write("edit", "")
    failed = built.snakemake("--cores", "1", fails=True)
    assert f"{path} changed while this build ran: run it again" in failed.text
    assert "Traceback" not in failed.text
    again = built.snakemake()
    assert ("random_walk", "measure") in again.stages
    built.assert_built()
