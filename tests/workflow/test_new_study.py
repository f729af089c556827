"""A new study builds, is linted and keeps what the project promises, as it is written."""

import json
import subprocess
import sys

import pytest
from repository import ROOT

from tegum.build.new_study import KINDS

LINTERS = (
    ("ruff", "check", "--config", str(ROOT / "pyproject.toml")),
    ("ruff", "format", "--check", "--config", str(ROOT / "pyproject.toml")),
)


def lint(repository, room):
    for tool, *options in LINTERS:
        command = [sys.executable, "-m", tool, *options, room]
        done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True)
        assert not done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_study_builds_as_it_is_written(unbuilt, kind):
    unbuilt.tegum("new-study", "my_question", "--kind", kind)
    lint(unbuilt, "src/tegum/studies/my_question")
    unbuilt.snakemake("my_question")
    claims = {c["id"]: c for c in json.loads(unbuilt.read("results/my_question/claims.json"))}
    kinds = {c["kind"] for c in claims.values() if c["verdict"] == "holds" and c["n"] >= 5}
    assert kinds == {"exact", "statistical"}, claims
    figures = list((unbuilt.root / "data" / "my_question" / "figures").glob("*.png"))
    assert len(figures) >= 3
    unbuilt.tegum("remove-study", "my_question")
    left = unbuilt.git("status", "--porcelain", "--untracked-files=all")
    assert "my_question" not in left


def test_a_study_in_the_projects_own_folder_needs_no_fork(unbuilt):
    """Its room lies beside params/, not in the package, and an edit of it makes it run again."""
    package = unbuilt.root / "src" / "tegum" / "studies" / "random_walk"
    (unbuilt.root / "studies").mkdir()
    (unbuilt.root / "studies" / "__init__.py").touch()
    package.rename(unbuilt.root / "studies" / "random_walk")
    for file in (unbuilt.root / "studies" / "random_walk").glob("*.py"):
        file.write_text(
            file.read_text().replace("tegum.studies.random_walk", "studies.random_walk")
        )
    assert unbuilt.snakemake("random_walk").rows("random_walk", "train")[0] == 10
    assert "Nothing to be done" in unbuilt.snakemake("random_walk").text
    unbuilt.edit("studies/random_walk/steps.py", "normal(drift, 1.0,", "normal(drift, 2.0,")
    assert unbuilt.snakemake("random_walk").rows("random_walk", "train")[0] == 10
