"""A process killed in a save or a stage leaves the old file, the new one, or a refusal."""

from functools import partial

import numpy as np
import pytest
import xarray as xr
from faults.injection import NOTHING, die, in_child, run_stage
from repository import LONGER

from tegum.data import files, netcdf, row_cache, tensors
from tegum.errors import TegumError
from tegum.labels import variable

POINTS = ("fdopen", "fsync", "replace", "_sync_folder")
"""Calls in the order in which a save makes them: before, during, and just after the rename."""


def dataset(value: float) -> xr.Dataset:
    return xr.Dataset(
        {"weight": variable(("cell", "hidden"), np.full((2, 3), value), "weight", "1")}
    )


SAVES = {
    "json": (
        lambda v: files.write_json("file", {"value": v}),
        lambda: files.read_json("file")["value"],
    ),
    "dataset": (
        lambda v: netcdf.save_dataset("file", dataset(v), None),
        lambda: float(netcdf.load_dataset("file")["weight"].max()),
    ),
    "tensors": (
        lambda v: tensors.save("file", {"weight": np.full(3, v)}),
        lambda: float(tensors.load("file")["weight"].max()),
    ),
}


def killed_at(monkeypatch, point: str, action, times: int = 1) -> None:
    """Run `action` in a child that is killed when it calls `point` for the given time."""
    calls = []

    def call(*args, **kwargs):
        calls.append(args)
        return die() if len(calls) == times else real(*args, **kwargs)

    owner = files if point.startswith("_") else files.os
    real = getattr(owner, point)
    with monkeypatch.context() as patch:
        patch.setattr(owner, point, call)
        assert in_child(action) == -9


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", SAVES)
def test_a_save_that_is_killed_leaves_the_old_file_or_the_new(tmp_path, monkeypatch, kind, point):
    monkeypatch.chdir(tmp_path)
    save, load = SAVES[kind]
    save(1.0)
    killed_at(monkeypatch, point, lambda: save(2.0))
    assert load() == (2.0 if point == "_sync_folder" else 1.0)
    save(3.0)
    assert load() == 3.0


@pytest.mark.parametrize("times", [1, 2], ids=["rows", "manifest"])
@pytest.mark.parametrize("point", POINTS)
def test_rows_whose_save_is_killed_are_old_or_new_or_refused(tmp_path, monkeypatch, point, times):
    """Rows and their manifest are two files: between them, the pair is refused by name."""
    monkeypatch.chdir(tmp_path)

    def save(value: float) -> None:
        row_cache.save_rows("a.nc", dataset(value), [f"{value}-1", f"{value}-2"], None)

    save(1.0)
    killed_at(monkeypatch, point, lambda: save(2.0), times)
    replaced = times - 1 + (point == "_sync_folder")
    if replaced == 0:
        assert_rows(1.0)
    elif replaced == 2:
        assert_rows(2.0)
    else:
        with pytest.raises(TegumError, match=r"a.nc: not the file that its manifest names"):
            row_cache.load_rows("a.nc")
    save(3.0)
    assert_rows(3.0)


def assert_rows(value: float) -> None:
    found, keys = row_cache.load_rows("a.nc")
    assert (found["weight"] == value).all() and keys == [f"{value}-1", f"{value}-2"]


STAGES = {
    "train": (("row", "random_walk", "train", "drift", "0"), 2),
    "fit": (("row", "random_walk", "fit", "drift", "0"), 2),
    "measure": (("measure", "random_walk", "drift"), 1),
    "judge": (("judge", "random_walk"), 2),
    "ledger": (("ledger",), 1),
    "seal": (("seal", "random_walk"), 1),
}
"""Stage to the arguments of its job and the number of files that it saves."""


@pytest.mark.parametrize("stages", [("train", "fit"), ("measure", "judge"), ("ledger", "seal")])
def test_stages_killed_anywhere_in_their_saves_are_finished_by_the_next_build(
    built, from_nothing, monkeypatch, stages
):
    """Killed without Snakemake's knowing: nobody has marked their files as incomplete."""
    built.params(*LONGER)
    for stage, (verb, saves) in STAGES.items():
        if stage in stages:
            for point in POINTS:
                for times in range(1, saves + 1):
                    killed_at(monkeypatch, point, partial(run_stage, built, *verb), times)
        if stage == stages[-1]:
            break
        for job in jobs(verb):
            assert in_child(partial(run_stage, built, *job)) == 0
    ran = built.snakemake()
    assert NOTHING not in ran.text
    assert built.outputs() == from_nothing


def jobs(verb: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All jobs of the stage, of which STAGES has one."""
    return [verb, (*verb[:-1], "1")] if verb[0] == "row" else [verb]


def test_what_killed_saves_leave_behind_is_not_recorded(built, monkeypatch):
    verb, _ = STAGES["measure"]
    killed_at(monkeypatch, "replace", lambda: run_stage(built, *verb))
    assert len(list((built.root / "data").rglob(f"*{files.PARTIAL}"))) == 1
    assert "up to date" in built.dvc("status").text
    assert "all as dvc.lock records" in built.tegum("verify").text
