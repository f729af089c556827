"""P1: whatever stopped a build, the next `snakemake` finishes it, and never trusts stale files."""

import shutil
import sys

import pytest
from repository import LONGER

NOTHING = "Nothing to be done"
SEAL = "data/random_walk/provenance.json.gz"


@pytest.mark.parametrize("fault", ["train:exit", "train:nan", "measure:exit"])
def test_a_failed_job_leaves_nothing_that_the_next_build_trusts(built, from_nothing, fault):
    built.params(*LONGER)
    failed = built.snakemake(fault=fault, fails=True)
    assert NOTHING not in failed.text
    built.assert_rebuilt(from_nothing)
    built.assert_built("-n")


def test_a_failed_edit_that_is_taken_back_gives_the_old_files(built):
    before = built.outputs()
    built.params(*LONGER)
    built.snakemake(fault="train:exit", fails=True)
    built.params(*LONGER[::-1])
    again = built.snakemake()
    assert ("random_walk", "train") not in again.stages
    assert built.outputs() == before


@pytest.mark.parametrize("stage", ["train", "measure"])
def test_a_killed_build_resumes_and_ends_in_the_same_bytes(built, from_nothing, stage):
    built.params(*LONGER)
    with built.hanging(fault=f"{stage}:hang"):
        pass
    built.assert_rebuilt(from_nothing)
    built.assert_built("-n")


def test_a_second_build_beside_a_living_one_is_refused(built):
    built.params(*LONGER)
    with built.hanging(fault="train:hang"):
        assert "Job stats" in built.beside("-n")
        assert "cannot be locked" in built.beside()
    built.snakemake()


def test_a_build_resumes_when_snakemakes_own_folder_is_lost(built, from_nothing):
    built.params(*LONGER)
    shutil.rmtree(built.root / ".snakemake")
    built.snakemake()
    assert built.outputs() == from_nothing


@pytest.mark.parametrize(
    "part",
    [
        ("-f", "data/random_walk/train/drift/1.nc"),
        ("--until", "train"),
    ],
    ids=lambda p: p[0],
)
def test_a_partial_build_loses_nothing_and_seals_nothing(built, from_nothing, part):
    files = set(built.outputs())
    seal = (built.root / SEAL).read_bytes()
    built.params(*LONGER)
    built.snakemake(*part)
    assert set(built.outputs()) == files
    assert (built.root / SEAL).read_bytes() == seal
    built.assert_rebuilt(from_nothing)


def test_pulled_files_over_a_partial_build_are_not_taken_for_its_own(built, from_nothing):
    built.params(*LONGER)
    built.snakemake("--until", "train")
    built.dvc("checkout", "--force", "--quiet")
    built.assert_rebuilt(from_nothing)


def test_pulled_files_over_a_whole_build_are_not_taken_for_its_own(built, from_nothing):
    before = built.outputs()
    built.params("threshold: 1.0", "threshold: 3.0")
    built.params(*LONGER)
    built.snakemake()
    built.params("threshold: 3.0", "threshold: 1.0")
    built.git("checkout", "-q", "results")
    built.dvc("checkout", "--force", "--quiet")
    assert built.outputs() == before
    built.assert_rebuilt(from_nothing)


def test_missing_files_of_any_stage_are_made_again(built):
    before = built.outputs()
    for file in (
        "data/random_walk/train/length/steps20-0.nc",
        "data/random_walk/fit/drift/0.keys.json",
        "data/mean_power/measure/moments.nc",
        "results/mean_power/metrics.json",
    ):
        (built.root / file).unlink()
    shutil.rmtree(built.root / ".tegum/rows")
    again = built.snakemake()
    assert again.cells("random_walk", "train") == [{"steps": 20, "seed": s} for s in (0, 1)]
    assert "random_walk/train/drift/0.json" not in again.logged
    assert built.outputs() == before


def test_a_damaged_bucket_is_made_again_and_never_measured(built):
    before = built.outputs()
    file = built.root / "data/random_walk/train/drift/0.nc"
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(bytes(damaged))
    shutil.rmtree(built.root / ".tegum/rows")
    again = built.snakemake()
    assert again.cells("random_walk", "train")
    assert built.outputs() == before


def test_what_is_lost_or_damaged_comes_back_from_the_row_cache(built):
    before = built.outputs()
    lost, damaged = (built.root / f"data/random_walk/train/drift/{n}.nc" for n in (0, 1))
    lost.unlink()
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.unlink()
    damaged.write_bytes(bytes(content))
    again = built.snakemake()
    assert again.rows("random_walk", "train") == (0, 6)
    assert built.outputs() == before


def test_parameters_that_change_while_a_build_runs_are_not_mixed(built):
    built.params(*LONGER)
    bucket = "data/random_walk/train/drift/0.nc"
    before = (built.root / bucket).read_bytes()
    job = ("row", "random_walk", "train", "drift", "0", "--expect", "planned-before-the-edit")
    ran = built.run(sys.executable, "-m", "tegum.build.stages", *job, fails=True)
    assert "error: params/random_walk.yaml or the code changed while this build ran" in ran.text
    assert not ran.executed
    assert (built.root / bucket).read_bytes() == before


def test_bad_parameters_stop_a_build_before_any_job(built):
    before = built.outputs()
    built.params("steps: 50", "stesp: 50")
    built.params("threshold: 1.0", "threshold: high")
    ran = built.snakemake(fails=True)
    errors = [line for line in ran.text.splitlines() if line.startswith("error:")]
    assert len(errors) == 2
    assert "params/random_walk.yaml: train.stesp" in errors[0]
    assert "Traceback" not in ran.text
    assert not ran.executed
    assert built.outputs() == before


def test_snakemake_weighs_its_jobs_only_when_one_has_ended(unbuilt) -> None:
    text = unbuilt.snakemake("--cores", "1", "--verbose").text
    weighed, ended = text.count("Ready jobs:"), text.count("Finished job")
    assert 0 < weighed <= ended + 1
