"""The commands that the README shows do what it says."""

import os
import re
import shutil
import sys
from pathlib import Path

from repository import ROOT, keep_figures, make

PARTS = ("Rebuild", "Pull", "Change", "Compare")


def commands(part):
    """Lines of the block after the paragraph that begins with `**part**`."""
    text = (ROOT / "README.md").read_text()
    found = re.findall(rf"^\*\*{part}\*\*[^\n]*\n\n```sh\n(.*?)```", text, re.M | re.S)
    assert len(found) == 1, part
    return found[0].splitlines()


def follow(repository, part):
    """Run each line; what `tegum compare` finds different is its status."""
    lines = commands(part)
    fails = [line.startswith("tegum compare") for line in lines]
    ran = [repository.run("sh", "-c", x, fails=f) for x, f in zip(lines, fails, strict=True)]
    assert all(r.code == 1 for r, f in zip(ran, fails, strict=True) if f)
    return [r.text for r in ran]


def with_packing_only(root):
    """The project with the study that the README's commands are about, and one of its figures."""
    made = make(root)
    for name in ("random_walk", "mean_power"):
        shutil.rmtree(root / "src" / "tegum" / "studies" / name)
        (root / "params" / f"{name}.yaml").unlink()
    shutil.copytree(ROOT / "src/tegum/studies/packing", root / "src/tegum/studies/packing")
    shutil.copy(ROOT / "params/packing.yaml", root / "params/packing.yaml")
    keep_figures(root, "packing", "pairs")
    sync = "from tegum.build import dvc, project; dvc.sync(project.Project())"
    made.run(sys.executable, "-c", sync)
    return made


def test_the_commands_of_the_readme_run_in_a_fresh_clone(tmp_path, monkeypatch):
    folder = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", folder + os.pathsep + os.environ["PATH"])
    origin = with_packing_only(tmp_path / "repository")
    origin.commit("Study")
    follow(origin, "Rebuild")
    origin.record("Results")
    clone = origin.clone()
    assert "Nothing to be done" in follow(clone, "Pull")[-1]
    _, why, _ = follow(clone, "Change")
    assert "measure packing/jl: k_points: 200 -> 100" in why
    here, _, moved, there = follow(clone, "Compare")
    assert "measure.k_points  200 -> 100" in here and "values of its own" in here
    assert "coarse" in moved and "measure.k_points" in moved
    assert "measure.k_points  200 -> 50" in there
    assert "<h1>packing: two versions</h1>" in clone.read("dvc_plots/compared.html")
