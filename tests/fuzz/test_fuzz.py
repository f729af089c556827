"""Damaged files of every kind, in a short form; `make fuzz` goes on."""

import pytest
from fuzz.fuzzers import FUZZERS, run

SHORT = {"netcdf": 25, "netcdf4": 25, "saelens": 80}


@pytest.mark.parametrize("name", FUZZERS)
def test_a_damaged_file_is_refused_or_changes_nothing(tmp_path, monkeypatch, name):
    if name == "saelens":
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    failures: list[str] = []
    counts = run(name, range(SHORT.get(name, 200)), failures)
    assert not failures, failures[0]
    assert counts["refused"] > 5
