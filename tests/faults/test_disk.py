"""A full disk is told, leaves the old files, and the next build after freeing space is right."""

import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from faults.injection import NOTHING, in_child
from faults.test_kill import SAVES, dataset
from repository import LONGER

from tegum.data import netcdf
from tegum.errors import TegumError

SMALL = 1024 * 1024  # room for two versions in the cache


@pytest.fixture
def on_small_disk() -> Iterator[Callable[[Path], None]]:
    """Put a folder, with what is in it, on a small disk."""
    mounted = []

    def mount(folder: Path) -> None:
        aside = folder.with_name(f"{folder.name}-aside")
        folder.rename(aside)
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(folder)
        shutil.copytree(aside, folder, dirs_exist_ok=True)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the space of a disk but for a few hundred bytes."""
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for piece in (4096, 256):
            try:
                while file.write(bytes(piece)) == piece:
                    pass
            except OSError:
                continue
    return ballast


def test_a_stage_on_a_full_disk_fails_and_the_next_build_is_right(
    built, from_nothing, on_small_disk
):
    on_small_disk(built.root / "data")
    built.params(*LONGER)
    shutil.rmtree(built.root / "data/random_walk")  # Snakemake frees it anyway, job by job
    ballast = fill(built.root / "data")
    failed = built.snakemake(fails=True)
    assert "No space left on device" in failed.text
    ballast.unlink()
    again = built.snakemake()
    assert NOTHING not in again.text
    assert built.outputs() == from_nothing


def test_a_full_cache_of_dvc_is_told_and_the_next_forced_record_is_whole(
    built, from_nothing, on_small_disk
):
    """Where a folder's manifest still fits, DVC writes dvc.lock and ends with status 0."""
    built.params(*LONGER)
    on_small_disk(built.root / ".dvc/cache")
    ballast = fill(built.root / ".dvc/cache")
    assert "No space left on device" in built.beside("repro", module="dvc")
    assert "data/random_walk" in built.tegum("verify", "random_walk", fails=True).text
    ballast.unlink()
    built.dvc("repro", "--quiet", "--force")
    built.dvc("push", "--quiet")
    assert "all as dvc.lock records" in built.tegum("verify", "--remote").text
    assert built.outputs().items() <= from_nothing.items()


def limited(action: Callable[[], object], size: int) -> Callable[[], None]:
    """`action` in a process that cannot write files larger than `size` bytes."""

    def run() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        with pytest.raises(TegumError, match=r"cannot be written.*(free space|large)"):
            action()

    return run


@pytest.mark.parametrize("kind", SAVES)
def test_a_save_that_meets_a_limit_is_told_and_leaves_the_old_file(tmp_path, monkeypatch, kind):
    """Needs no privilege: a limit on the size of files stands for the full disk."""
    monkeypatch.chdir(tmp_path)
    save, load = SAVES[kind]
    save(1.0)
    assert in_child(limited(lambda: save(2.0), 8)) == 0
    assert load() == 1.0
    assert os.listdir() == ["file"]


@pytest.mark.parametrize("size", [0, 100, 8 * 1024, 60 * 1024])
def test_a_full_temporary_folder_never_ends_in_a_saved_file(tmp_path, monkeypatch, size):
    """netCDF is first written there; its library does not always say that it failed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    whole = dataset(1.0).assign(noise=("sample", np.random.default_rng(0).normal(size=9000)))
    netcdf.save_dataset("a.nc", whole, None)
    assert in_child(limited(lambda: netcdf.save_dataset("a.nc", 2 * whole, None), size)) == 0
    assert netcdf.load_dataset("a.nc").identical(whole)
