"""What a person can get wrong around a build: said in one line."""

import ctypes
import os
import shutil
import subprocess
import sys

import pytest
from faults.injection import in_child
from faults.test_places import CAP_DAC_OVERRIDE, without_privilege

from tegum import cli
from tegum.build import workflow

NOTHING = "Nothing to be done"
PR_CAPBSET_DROP = 24


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("Scale=smoke", "no such setting; did you mean scale?"),
        ("devise=cpu", "no such setting; did you mean device?"),
        ("zzz=1", "no such setting; expected one of scale, device, published, fresh"),
        ("fresh=maybe", "expected true or false"),
        ("published=maybe", "expected true or false"),
        ("published=true", "published: only of scale paper"),
    ],
)
def test_a_setting_that_there_is_not_is_refused(unbuilt, setting, said):
    ran = unbuilt.snakemake("-n", "--config", setting, fails=True)
    assert said in ran.text and "Traceback" not in ran.text


def test_hidden_files_and_backups_beside_parameters_are_ignored_and_named(built):
    os.symlink("someone@host.123", built.root / "params/.#random_walk.yaml")
    built.write("params/random_walk.bak.yaml", "not: valid")
    ran = built.snakemake("-n")
    assert NOTHING in ran.text
    for name in (".#random_walk", "random_walk.bak"):
        assert f"params/{name}.yaml: ignored" in ran.text


def test_a_clone_that_pulled_reports_and_has_nothing_to_migrate(clone):
    clone.dvc("pull", "--quiet")
    first = clone.snakemake("-n")
    assert NOTHING in first.text and "Migrating" not in first.text
    clone.snakemake("--report", "report.html")
    assert (clone.root / "report.html").stat().st_size > 10_000


def test_the_claims_of_a_study_are_its_own_and_an_unknown_study_is_an_error(unbuilt):
    assert "run snakemake random_walk" in unbuilt.tegum("claims", "random_walk", fails=True).text
    unbuilt.snakemake("random_walk")
    assert "random_walk." in unbuilt.tegum("claims", "random_walk").text
    assert "no study 'walk'" in unbuilt.tegum("claims", "walk", fails=True).text


def test_a_study_that_was_added_is_known_to_dvc_after_any_build(built):
    text = built.read("dvc.yaml")
    built.write("dvc.yaml", text.replace("mean_power:", "other:", 1))
    built.snakemake("-n")
    assert built.read("dvc.yaml") == text


SUMS = '''"""Sums that are taken in another order by several threads or other kernels."""

import hashlib

import numpy as np
import torch


def walk(seed, drift, steps):
    """A number from every bit of what three libraries make of one matrix."""
    matrix = np.random.default_rng(seed).normal(drift, 1.0, (600, 700))
    other = torch.from_numpy(matrix).float()
    made = [matrix @ matrix.T, other @ other.T, other.repeat(20, 1).sum()]
    text = b"".join(np.asarray(m).tobytes() for m in made)
    return np.arange(steps) + float(int.from_bytes(hashlib.sha256(text).digest()[:6]))
'''
OTHER = {
    "OMP_NUM_THREADS": "2",
    "OPENBLAS_NUM_THREADS": "2",
    "MKL_NUM_THREADS": "2",
    "MKL_CBWR": "COMPATIBLE",
}


@pytest.mark.parametrize("warm", [False, True])
def test_the_bits_of_a_row_do_not_depend_on_variables_that_libraries_obey(unbuilt, warm):
    pytest.importorskip("torch")
    unbuilt.write("src/tegum/studies/random_walk/steps.py", SUMS)
    rows = "data/random_walk/train/drift/0.nc"
    alone = ("tegum.build.stages", "row", "random_walk", "train", "drift", "0")
    command = ("snakemake", "--quiet", "rules", "--", rows) if warm else alone
    unbuilt.snakemake("-n")  # it also writes the fingerprints
    found = set()
    for variables in ({}, OTHER):
        shutil.rmtree(unbuilt.root / "data", ignore_errors=True)
        shutil.rmtree(unbuilt.root / ".tegum", ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", *command],
            cwd=unbuilt.root,
            env=unbuilt.environment(**variables),
            check=True,
        )
        found.add((unbuilt.root / rows).read_bytes())
    assert len(found) == 1


def test_what_is_interrupted_while_it_plans_says_so_in_one_line(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        """Press Ctrl-C."""
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.VERBS, "check", interrupted)
    assert cli.main(["check"]) == 130
    assert capsys.readouterr().err == "interrupted\n"
    monkeypatch.setattr(workflow, "study_names", interrupted)
    with pytest.raises(SystemExit, match=r"^interrupted$"):
        workflow.prepare({}, main=True)


def test_a_checkout_that_cannot_be_written_can_be_planned(built):
    shutil.rmtree(built.root / ".snakemake")
    for folder, _, _ in os.walk(built.root):
        os.chmod(folder, 0o555)

    def planned() -> int:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
        without_privilege()
        with pytest.raises(PermissionError):
            (built.root / "file").touch()
        ran = built.beside("-n")
        assert NOTHING in ran, ran
        return 0

    try:
        assert in_child(planned) == 0
    finally:
        for folder, _, _ in os.walk(built.root):
            os.chmod(folder, 0o755)
