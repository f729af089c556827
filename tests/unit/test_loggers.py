"""Losses in loggers: what they show, and that nothing that is computed depends on them."""

import csv
import sys
import types
import typing
from pathlib import Path

import numpy as np
import pytest

import tegum
from tegum.build.project import load_params
from tegum.experiment.params import StudyParams
from tegum.experiment.sweep import Plan
from tegum.training import loggers
from tegum.training.bars import progress_bar
from tegum.training.loop import Loop

MODEL = tegum.Tied(n_features=5, n_dimensions=2, batch=32, steps=410)
GRID = {"seed": [0, 1]}
X = np.random.default_rng(0).standard_normal((500, 8)).astype(np.float32)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_training_is_logged_to_its_last_step_and_has_the_bits_that_it_has_alone(tmp_path):
    alone = tegum.train(MODEL, GRID)
    seen = tegum.train(MODEL, GRID, logger="csv", log_folder=tmp_path)
    assert alone.identical(seen)
    found = rows(tmp_path / "train" / "0" / "metrics.csv")
    steps = [int(row["step"]) for row in found]
    assert steps[-1] == 410 and steps == sorted(set(steps)) and 200 <= len(steps) <= 210
    last = found[-1]
    cells = [float(last[f"loss_{i}"]) for i in (0, 1)]
    assert np.isclose(float(last["loss_mean"]), np.mean(cells))
    assert float(last["loss_min"]) == min(cells) and float(last["loss_max"]) == max(cells)
    assert "optimiser: adam" in (tmp_path / "train" / "0" / "hparams.yaml").read_text()


def test_the_logged_loss_is_that_of_the_dictionaries_also_of_several_sizes(tmp_path):
    sizes = {"latents": [8, 12], "k": 2, "steps": 60}
    alone = tegum.fit(X, "topk", **sizes)
    seen = tegum.fit(X, "topk", **sizes, logger="csv", log_folder=tmp_path)
    assert alone.quality().identical(seen.quality())
    for run in ("0", "1"):
        found = rows(tmp_path / "fit" / run / "metrics.csv")
        # Every step is shown where there are few; the copies that convergence needs are not.
        assert [int(row["step"]) for row in found] == list(range(1, 61))
        assert float(found[-1]["loss_mean"]) < float(found[0]["loss_mean"])


def test_a_logger_of_lightning_is_taken_as_it_is_and_one_training_follows_the_other(tmp_path):
    from pytorch_lightning.loggers import CSVLogger

    own = CSVLogger(tmp_path, name="mine")
    tegum.fit(X, "topk", latents=[8, 12], k=2, steps=20, logger=own)
    found = rows(tmp_path / "mine" / "version_0" / "metrics.csv")
    assert [int(row["step"]) for row in found] == list(range(1, 41))


def test_a_logger_whose_package_is_missing_is_told_in_a_line(monkeypatch):
    monkeypatch.setitem(loggers.PACKAGES, "wandb", "no_such_package")
    with pytest.raises(tegum.TegumError, match=r"^logger wandb: run pip install no_such_package$"):
        tegum.train(MODEL, logger="wandb")
    with pytest.raises(tegum.TegumError, match=r"^logger is 'cvs'; give one of csv, tensorboard"):
        tegum.fit(X, latents=8, k=2, logger="cvs")


def test_dvclive_writes_into_its_own_folder_alone(monkeypatch, tmp_path):
    asked = {}
    module = types.ModuleType("dvclive.lightning")
    module.DVCLiveLogger = lambda **options: asked.update(options)
    monkeypatch.setitem(sys.modules, "dvclive.lightning", module)
    loggers._made("dvclive", tmp_path, "run")
    assert asked["dir"] == str(tmp_path)
    assert asked["dvcyaml"] is None, "else it would write into the project's dvc.yaml"


def test_params_know_the_loggers_that_there_are():
    declared = StudyParams.model_fields["logger"].annotation
    assert typing.get_args(typing.get_args(declared)[0]) == tuple(loggers.PACKAGES)


def test_whoever_looked_on_is_gone_afterwards_also_after_an_error():
    before, within = Loop.advance, []

    def stopped():
        with progress_bar("training"):
            within.append(Loop.advance)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped()
    assert within != [before] and Loop.advance is before


def test_a_logger_in_params_moves_no_key():
    params = load_params("toy_superposition", "smoke")
    other = params.model_copy(update={"logger": "tensorboard"})
    for sweep in params.sweeps:
        jobs = [Plan("toy_superposition", p, {}).jobs(sweep, "train") for p in (params, other)]
        assert [j.keys for j in jobs[0]] == [j.keys for j in jobs[1]]
        assert [j.summary() for j in jobs[0]] == [j.summary() for j in jobs[1]]
