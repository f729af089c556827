"""`tegum cost`: hours, jobs and buckets from rates that were measured."""

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tegum import cli
from tegum.build import cost, rates
from tegum.build.cost import JobCost
from tegum.build.project import CODE, Project
from tegum.build.rates import Rates, Speed
from tegum.build.work import CALLS, of_fields
from tegum.data import files
from tegum.errors import TegumError

ROOT = Path(__file__).parents[2]
STUDY = "sae_recovery"


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(ROOT)
    return Project("smoke", "cpu", files.read_json(CODE), STUDY)


def job(seconds: float | None, stage: str = "train", cells: int = 64) -> JobCost:
    return JobCost("study", stage, "sweep", cells, seconds, seconds, 0, 0.0, "sweep")


def test_work_is_steps_times_samples_times_the_largest_matrix():
    tied = {"steps": 100, "batch": 64, "n_features": 50, "n_inputs": 10, "width": 20, "warm_up": 5}
    assert of_fields([tied]).amount == 100 * (64 * 50 * 20 + CALLS)
    assert of_fields([tied | {"starts": 3}]).amount == 3 * of_fields([tied]).amount
    fit = {"samples": 1000, "latents": 40}
    assert of_fields([fit, tied]).amount == 1000 * 50 * 40 + CALLS, "only its sizes are read"
    assert of_fields([{}, tied], repeats=True).amount == of_fields([tied]).amount
    assert of_fields([{"steps": True}]).steps == 0


def test_what_was_measured_comes_back_at_the_scale_where_it_was(project):
    """Seconds of a scale, foretold from the rates of that scale, are those that were measured."""
    typical = {f"{STUDY}/fit/frontier": 7.0, f"{STUDY}/fit/hierarchy": 20.0, f"{STUDY}/judge": 1.5}
    known = rates.measured(project, typical)
    jobs = cost.costs(project, [STUDY], Rates(known), None)
    for sweep, seconds in (("frontier", 7.0), ("hierarchy", 20.0)):
        mine = [j for j in jobs if (j.stage, j.sweep) == ("fit", sweep)]
        assert sum(j.cpu_seconds or 0 for j in mine) == pytest.approx(seconds * len(mine))
    (judge,) = [j for j in jobs if j.stage == "judge"]
    assert judge.cpu_seconds == 1.5


def test_jobs_that_nobody_logged_are_foretold_and_the_others_are_left(project):
    jobs = {"smoke/sae_recovery/judge": None, "smoke/sae_recovery/fit/frontier/0": 3.5}
    bucket = next(iter(project.plan(STUDY).jobs("hierarchy", "fit"))).bucket
    one = f"smoke/{STUDY}/fit/hierarchy/{bucket}"
    found = cost.foretold(project, jobs | {one: None, "smoke/ledger": None})
    assert found["smoke/sae_recovery/fit/frontier/0"] == 3.5 and found["smoke/ledger"] is None
    assert found[one] and found["smoke/sae_recovery/judge"]


def test_only_sweeps_that_train_are_foretold_from_others(project):
    known = rates.measured(
        project, {f"{STUDY}/fit/frontier": 7.0, f"{STUDY}/generate/frontier": 2.0}
    )
    jobs = cost.costs(project, [STUDY], Rates(known), None)
    fits = {j.sweep: j for j in jobs if j.stage == "fit"}
    assert fits["frontier"].measured_on == "frontier"
    assert fits["hierarchy"].measured_on == "other sweeps" and fits["hierarchy"].cpu_seconds
    made = {j.sweep: j.cpu_seconds for j in jobs if j.stage == "generate"}
    assert made["frontier"] and made["hierarchy"] is None
    controls = [j for j in jobs if j.stage == "control"]
    assert controls and all(j.cpu_seconds is None for j in controls)
    row = cost.row(jobs, 1)
    assert row.cpu_hours is not None and "control/frontier" in row.unmeasured


def test_a_gpu_is_as_fast_as_was_measured_and_never_guessed(project, tmp_path, monkeypatch):
    project.device = "cuda"
    known = rates.measured(
        project, {f"{STUDY}/fit/frontier": 7.0, f"{STUDY}/generate/frontier": 2.0}
    )
    without = cost.costs(project, [STUDY], Rates(known), None)
    assert Speed.read(tmp_path / "gpu.json") is None
    assert all(j.seconds is None for j in without if j.stage == "fit")
    assert all(j.seconds == j.cpu_seconds for j in without if j.stage == "generate")

    rows = [{"model": "two_layer", "cells": c, "tflops": t} for c, t in ((8, 0.5), (64, 4.0))]
    here = [{"model": "two_layer", "cells": 1, "tflops": 0.05}]
    files.write_json(tmp_path / "gpu.json", {"speed": rows, "processor": here})
    speed = Speed.read(tmp_path / "gpu.json")
    assert speed is not None and speed.ratio("transformer", 8) is None
    assert [speed.ratio("two_layer", n) for n in (1, 8, 63, 64, 999)] == [10, 10, 10, 80, 80]
    for j in cost.costs(project, [STUDY], Rates(known), speed):
        if j.stage == "fit":
            assert j.cpu_seconds is not None and j.seconds == pytest.approx(
                j.cpu_seconds / (80 if j.cells >= 64 else 10)
            )
    files.write_json(tmp_path / "gpu.json", {"speed": rows})
    with pytest.raises(TegumError, match="run make gpu-check again"):
        Speed.read(tmp_path / "gpu.json")


def test_devices_share_the_jobs_of_a_stage():
    lengths = [9.0, 7.0, 6.0, 5.0, 4.0]
    jobs = [job(s) for s in lengths] + [job(10.0, "fit")]
    assert cost.elapsed(jobs, 1) == sum(lengths) + 10
    assert cost.elapsed(jobs, 99) == 9 + 10
    shares = itertools.product((0, 1), repeat=5)
    best = min(
        max(sum(s for s, w in zip(lengths, who, strict=True) if w == d) for d in (0, 1))
        for who in shares
    )
    two = cost.elapsed(jobs, 2)
    assert two is not None and best <= two - 10 <= best * (4 / 3 - 1 / 6), "Graham's bound"
    assert cost.elapsed([*jobs, job(None)], 2) is None


@pytest.mark.parametrize(
    ("seconds", "cells", "now", "advised"),
    [
        (1800, 64, 1, 1),
        (60, 64, 1, 1),
        (60, 8, 4, 1),
        (300, 16, 8, 2),
        (7200, 64, 1, 4),
        (7200, 64, 2, 8),
        (72000, 16, 1, 2),
    ],
    ids=["fits", "small", "joined", "joined to half an hour", "cut", "cut again", "eight at least"],
)
def test_buckets_are_cut_for_jobs_of_half_an_hour(seconds, cells, now, advised):
    jobs = [job(seconds, cells=cells) for _ in range(now)]
    assert cost.buckets(jobs, now) == advised
    assert cost.buckets([replace(jobs[0], seconds=None)], now) is None


def test_the_command_tells_people_and_programs_without_torch(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(ROOT)
    options = ["--scale", "paper", "--gpu", str(tmp_path / "none.json"), "--devices", "4"]
    assert cli.main(["cost", "subset_parity", *options]) == 0
    said = capsys.readouterr().out
    assert "No GPU was measured" in said and "4 GPUs" in said and "not measured" in said
    script = (
        "import sys; from tegum import cli; "
        f"cli.main(['cost', 'subset_parity', '--json', *{options}]); "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["device"] == "cuda" and found["gpu"] is None and found["devices"] == 4
    (train,) = [r for r in found["rows"] if (r["stage"], r["sweep"]) == ("train", "sizes")]
    assert train["hours"] is None and train["cpu_hours"] > 0 and train["memory_gb"] > 0
    assert cli.main(["cost", "--devices", "0"]) == 1
    assert "error: --devices 0: give at least 1" in capsys.readouterr().err
