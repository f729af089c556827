"""Folders that cannot be written to, and folders with names that shells and URLs do not like."""

import ctypes
import os
from pathlib import Path

import pytest
from faults.injection import in_child
from faults.test_kill import SAVES, STAGES, run_stage
from repository import LONGER, Repository

from tegum.errors import TegumError

CAP_DAC_OVERRIDE, CAP_EFFECTIVE = 1, 0
AWKWARD = """it's "my" wörk 日本 $(touch trapped) `touch trapped`; touch trapped #1 & more"""


def without_privilege() -> None:
    """Give up what lets the superuser write everywhere; permissions hold from here on."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the third version, this process
    sets = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, sets) == 0
    for index in range(6):
        sets[index] &= ~(1 << CAP_DAC_OVERRIDE) if index < 3 else ~0
    assert libc.capset(header, sets) == 0


@pytest.mark.parametrize("kind", SAVES)
def test_a_save_into_a_read_only_folder_is_told_and_leaves_the_old_file(
    tmp_path, monkeypatch, kind
):
    monkeypatch.chdir(tmp_path)
    save, load = SAVES[kind]
    save(1.0)
    tmp_path.chmod(0o555)

    def refused() -> None:
        without_privilege()
        with pytest.raises(TegumError, match=r"file: cannot be written \(Permission denied\)"):
            save(2.0)

    assert in_child(refused) == 0
    tmp_path.chmod(0o755)
    assert load() == 1.0
    assert os.listdir() == ["file"]


def test_a_stage_whose_folder_is_read_only_is_told_and_the_next_build_is_right(
    built, from_nothing, capfd
):
    built.params(*LONGER)
    folder = built.root / "data/random_walk/train/drift"
    folder.chmod(0o555)

    def refused() -> int:
        without_privilege()
        return run_stage(built, *STAGES["train"][0])

    assert in_child(refused) == 1
    error = capfd.readouterr().err
    assert "drift/0.nc: cannot be written (Permission denied)" in error
    assert "Traceback" not in error
    folder.chmod(0o755)
    built.snakemake()
    assert built.outputs() == from_nothing


def test_a_project_works_wherever_it_lies(template, unbuilt, tmp_path):
    place = Repository(tmp_path / AWKWARD / "repository")
    place.root.parent.mkdir()
    Path(unbuilt.root).rename(place.root)
    place.record("Results")
    assert place.outputs().items() <= Repository(template).outputs().items()
    clone = Repository(place.root.parent / 'clone of it\'s "own"')
    place.git("clone", "-q", ".", str(clone.root))
    url = "url = ../../repository/published"  # DVC writes other names as the locale has it
    clone.write(".dvc/config.local", f"['remote \"published\"']\n    {url}\n")
    clone.dvc("pull", "--quiet")
    assert "all as dvc.lock records" in clone.tegum("verify", "--remote").text
    assert clone.outputs() == place.outputs()
    assert not list(tmp_path.rglob("trapped"))
