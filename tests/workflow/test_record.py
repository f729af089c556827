"""P4 and recording: DVC versions what Snakemake built, and runs experiments on it."""

import json
import sys

SEAL = "data/random_walk/provenance.json.gz"


def test_a_recorded_build_is_clean_for_dvc_and_git(built):
    built.assert_recorded()
    assert not built.git("status", "--porcelain")
    again = built.dvc("repro", "--quiet")
    assert not again.executed


def test_recording_finishes_an_edit_and_pushes_what_a_clone_needs(built):
    built.params("steps: 50", "steps: 60")
    ran = built.record("Longer walks")
    assert ran.steps() == 60 * 6
    built.assert_recorded()
    clone = built.clone()
    clone.dvc("pull", "--quiet")
    clone.assert_built()
    assert clone.outputs() == built.outputs()


def test_an_experiment_computes_its_cells_elsewhere(built):
    before = built.outputs()
    change = "params/random_walk.yaml:train.steps=60"
    ran = built.dvc("exp", "run", "--temp", "-n", "far", "-S", change)
    assert ran.cells("random_walk", "train") and ran.steps() == 60 * 6
    assert built.outputs() == before
    shown = json.loads(built.dvc("params", "diff", "HEAD", "far", "--json").text)
    assert shown["params/random_walk.yaml"]["train.steps"] == {"old": 50, "new": 60, "diff": 10}
    built.dvc("exp", "apply", "far")
    built.assert_built()


def test_a_failed_build_is_not_recorded(built):
    seal = (built.root / SEAL).read_bytes()
    built.params("steps: 50", "steps: 60")
    built.run(sys.executable, "-m", "dvc", "repro", fault="fit:exit", fails=True)
    assert (built.root / SEAL).read_bytes() == seal
    built.dvc("repro", "--quiet")
    built.assert_recorded()


def test_buckets_of_earlier_parameters_do_not_travel_and_are_not_lost(built):
    gone = "data/random_walk/train/length/steps40-0.nc"
    assert (built.root / gone).exists()
    built.params("steps: [20, 40]", "steps: [20]")
    built.dvc("repro", "--quiet")
    assert not (built.root / gone).exists()
    built.params("steps: [20]", "steps: [20, 40]")
    back = built.dvc("repro", "--quiet")
    assert (built.root / gone).exists()
    assert back.steps() == 0


def test_the_ledger_holds_the_claims_of_all_studies_after_one_was_recorded(built):
    built.params("steps: 50", "steps: 60")
    built.dvc("repro", "random_walk")
    ids = {row["id"].split(".")[0] for row in json.loads(built.read("results/ledger.json"))}
    assert ids == {"random_walk", "mean_power"}
