"""P4: versions are laid side by side, by DVC's own commands and by `tegum compare`."""

import json
import shutil
import sys

import pytest
from repository import Repository

THRESHOLD = "params/random_walk.yaml:measure.threshold"
MOVED = {"dvc.lock", "params/random_walk.yaml", "results/ledger.json"} | {
    f"results/random_walk/{name}.json" for name in ("claims", "metrics")
}


def is_clean(repository, changed=frozenset()):
    """DVC and Snakemake have nothing to do, and git sees no other change."""
    repository.assert_recorded()
    repository.assert_built("-n")
    assert {line[3:] for line in repository.git("status", "--porcelain").splitlines()} == changed


def verdict(repository, claim="random_walk.w2"):
    (row,) = [r for r in json.loads(repository.read("results/ledger.json")) if r["id"] == claim]
    return row["verdict"]


def compare(repository, *args, code=1):
    ran = repository.run(sys.executable, "-m", "tegum.cli", "compare", *args, fails=code != 0)
    assert ran.code == code, ran.text
    return ran.text


@pytest.fixture(scope="module")
def versions(template, tmp_path_factory):
    """Two commits (other drifts) and an experiment on the second (another threshold)."""
    root = tmp_path_factory.mktemp("versions") / "repository"
    shutil.copytree(template, root, ignore=shutil.ignore_patterns("*.sock"))
    made = Repository(root)
    made.params("drift: [0.0, 0.1, 0.2]", "drift: [0.3, 0.2, 0.0]")
    made.record("Other drifts")
    made.dvc("exp", "run", "--temp", "-n", "near", "-S", f"{THRESHOLD}=6.5")
    return made


def test_experiments_here_elsewhere_and_queued_leave_everything_clean(built):
    built.dvc("exp", "run", "-n", "here", "-S", f"{THRESHOLD}=1.5")
    is_clean(built, {"dvc.lock", "params/random_walk.yaml"})
    built.git("checkout", "-q", ".")
    built.dvc("checkout", "--quiet")
    built.dvc("exp", "run", "--queue", "-n", "far", "-S", f"{THRESHOLD}=4.0")
    built.dvc("exp", "run", "--run-all")
    is_clean(built)
    shown = built.dvc("exp", "show", "--csv").text
    assert "here" in shown and "far" in shown
    found = json.loads(built.dvc("exp", "diff", "here", "far", "--json").text)
    assert found["params"]["params/random_walk.yaml"]["measure.threshold"]["new"] == 4.0
    assert verdict(built) == "fails"
    built.dvc("exp", "apply", "far")
    is_clean(built, MOVED)
    assert verdict(built) == "holds"


def test_dvc_compares_parameters_metrics_and_claims(versions):
    shown = [
        json.loads(versions.dvc(kind, "diff", "HEAD", "near", "--json").text)
        for kind in ("params", "metrics", "plots")
    ]
    assert shown[0]["params/random_walk.yaml"]["measure.threshold"] == {
        "old": 1.0, "new": 6.5, "diff": 5.5,
    }  # fmt: skip
    assert shown[1]["results/random_walk/metrics.json"]["random_walk.w2"]["diff"] < 0
    (plot,) = shown[2]["data"]["results/random_walk/claims.json"]
    points = {(r["rev"], r["id"]): r for r in plot["content"]["data"]["values"]}
    assert points["HEAD", "random_walk.w2"]["verdict"] == "fails"
    assert points["near", "random_walk.w2"]["verdict"] == "holds"
    fields = json.dumps(plot["content"]["spec"]["layer"])
    assert all(f'"{name}"' in fields for name in ("estimate", "ci_low", "ci_high", "threshold"))
    versions.dvc("plots", "diff", "HEAD", "near")
    assert not versions.git("status", "--porcelain")


def test_two_commits_are_compared_cell_by_cell(versions):
    found = json.loads(compare(versions, "random_walk", "HEAD~1", "HEAD", "--json"))
    (sweep,) = found["sweeps"]
    assert sweep["added"] == [{"drift": 0.3, "seed": s} for s in (0, 1)]
    assert sweep["removed"] == [{"drift": 0.1, "seed": s} for s in (0, 1)]
    assert (sweep["common"], sweep["changed"], sweep["variables"]) == (4, [], [])
    (param,) = found["params"]
    assert param["name"] == "sweeps.drift.axes.drift"
    assert not found["code"] and not found["files"] and not found["notes"]
    upstream = json.loads(compare(versions, "mean_power", "HEAD~1", "HEAD", "--json"))
    assert [p["name"] for p in upstream["params"]] == ["random_walk/sweeps.drift.axes.drift"]


def test_an_experiment_is_compared_with_the_working_tree(versions):
    before = versions.outputs()
    text = compare(versions, "random_walk", "near", "--html", "../compared.html")
    assert "measure.threshold  6.5 -> 1" in text
    assert "holds -> fails" in text
    assert "largest differences in drift" in text
    assert "<figure>" in (versions.root.parent / "compared.html").read_text()
    assert "No difference." in compare(versions, "random_walk", "HEAD", code=0)
    assert versions.outputs() == before
    assert not versions.git("status", "--porcelain")


def test_a_clone_with_nothing_cached_compares_without_pulling(versions, tmp_path):
    clone = versions.clone("bare_clone")
    found = json.loads(compare(clone, "random_walk", "HEAD~1", "--json"))
    assert found["b"] == "working tree"
    assert len(found["sweeps"][0]["added"]) == 2
    assert not (clone.root / "data").exists()
    assert not clone.git("status", "--porcelain")
    for gone in (clone.root / ".dvc" / "cache", clone.root.parent / "site-cache"):
        shutil.rmtree(gone, ignore_errors=True)
    shutil.copytree(versions.root / "published", tmp_path / "published")
    clone.dvc("remote", "add", "--local", "-f", "published", str(tmp_path / "published"))
    for file in (tmp_path / "published").rglob("*"):
        if file.is_file() and not file.name.endswith(".dir"):
            file.unlink()
    said = compare(clone, "random_walk", "HEAD~1", code=2)
    assert "HEAD~1" in said and "data/random_walk/measure/drift.nc" in said
    assert "neither in the local cache nor in the remote" in said
    assert "dvc push" in said and "snakemake random_walk" in said and "Traceback" not in said
    shutil.rmtree(tmp_path / "published" / "files")
    said = compare(clone, "random_walk", "HEAD~1", code=2)
    assert "neither in the local cache nor in the remote" in said and "Traceback" not in said


def test_parameters_that_the_data_were_not_made_from_are_noted(versions, tmp_path):
    clone = versions.clone("edited_clone")
    clone.params("threshold: 1.0", "threshold: 2.0")
    clone.commit("Edited, not built")
    found = json.loads(compare(clone, "random_walk", "HEAD~1", "HEAD", "--json"))
    (note,) = found["notes"]
    assert "params/random_walk.yaml is not what the data were made from" in note
    assert "Traceback" not in compare(clone, "random_walk", "nowhere", code=2)
    assert "random_walk" in compare(clone, "walks", "HEAD", code=2)
    assert "drift" in compare(clone, "random_walk", "HEAD", "--sweep", "drifts", code=2)
