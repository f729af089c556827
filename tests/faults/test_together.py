"""Two at once: builds, a build beside a recording, a reader beside a writer."""

import os
import sys
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from faults.injection import in_child
from faults.test_kill import dataset
from repository import LONGER

from tegum.data import files, netcdf, row_cache
from tegum.errors import TegumError

SNAKEMAKE = (sys.executable, "-m", "snakemake")


def test_two_builds_that_start_at_once_end_in_the_files_of_one(built, from_nothing):
    built.params(*LONGER)
    both = [built.start(*SNAKEMAKE) for _ in range(2)]
    texts = [process.communicate(timeout=300)[0] for process in both]
    failed = [t for p, t in zip(both, texts, strict=True) if p.returncode != 0]
    assert len(failed) < 2, texts
    assert all("cannot be locked" in text for text in failed)
    built.snakemake()
    assert built.outputs() == from_nothing


def test_recording_beside_a_build_is_refused_and_records_nothing(built, from_nothing):
    built.params(*LONGER)
    locked = built.read("dvc.lock")
    with built.hanging(fault="train:hang"):
        assert "cannot be locked" in built.beside("repro", module="dvc")
        assert built.read("dvc.lock") == locked
    built.snakemake()
    assert built.outputs() == from_nothing


def test_a_reader_beside_a_writer_sees_one_version_or_a_refusal(tmp_path, monkeypatch):
    """Rows and their manifest are replaced one after the other, and read one after the other."""
    monkeypatch.chdir(tmp_path)

    def replace() -> None:
        for n in count():
            if Path("done").exists():
                return
            row_cache.save_rows("a.nc", dataset(n), [f"{n}", f"{n}"], None)
            netcdf.save_dataset("b.nc", dataset(n), None)

    def read() -> None:
        give_up, seen = time.monotonic() + 300, 0
        while seen < 10:
            assert time.monotonic() < give_up, f"{seen} versions read"
            with suppress(TegumError):
                found, keys = row_cache.load_rows("a.nc")
                assert (found["weight"] == float(keys[0])).all()
                assert np.ptp(netcdf.load_dataset("b.nc")["weight"].values) == 0
                seen += 1

    writer = os.fork()
    if writer == 0:
        try:
            replace()
        finally:
            os._exit(0)
    try:
        assert in_child(read) == 0
    finally:
        Path("done").touch()
        os.waitpid(writer, 0)


def test_rows_replaced_between_two_readings_are_not_taken_for_the_first(tmp_path, monkeypatch):
    """The file is read once: what was hashed is what is opened."""
    monkeypatch.chdir(tmp_path)
    row_cache.save_rows("a.nc", dataset(1.0), ["1", "1"], None)
    real = files.read_bytes

    def replaced_after(path):
        content = real(path)
        if str(path).endswith(".nc"):
            files.write_bytes(path, netcdf.encode(dataset(2.0)))
        return content

    monkeypatch.setattr(files, "read_bytes", replaced_after)
    found, keys = row_cache.load_rows("a.nc")
    assert (found["weight"] == 1.0).all() and keys == ["1", "1"]
    with pytest.raises(TegumError, match="not the file that its manifest names"):
        row_cache.load_rows("a.nc")
