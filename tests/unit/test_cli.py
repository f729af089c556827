"""What the command `tegum` says of itself, of a wrong word, and of results."""

import json
from pathlib import Path

import pytest

import tegum
from tegum import cli

ROOT = Path(__file__).parents[2]


def test_alone_it_shows_its_verbs_and_examples(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr().out
    assert "examples:\n  tegum list" in said and "new-study" in said


def test_it_tells_its_version(capsys):
    with pytest.raises(SystemExit, match="0"):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"tegum {tegum.__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["compre"], "no 'compre': did you mean 'compare'?"),
        (["claims", "--verdict", "hold"], "no 'hold': did you mean 'holds'?"),
        (["zzz"], "no 'zzz': there are check, why, list"),
    ],
)
def test_a_wrong_word_is_answered_by_the_one_that_was_meant(typed, meant, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(typed)
    assert meant in capsys.readouterr().err


def test_studies_and_results_are_listed_for_people_and_programs(capsys):
    assert cli.main(["list", "--repo", str(ROOT), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    ledger = json.loads((ROOT / "results" / "ledger.json").read_text())
    packing = [r["verdict"] for r in ledger if r["id"].startswith("packing.")]
    (row,) = [r for r in rows if r["study"] == "packing"]
    assert row["holds"] == packing.count("holds") and row["fails"] == packing.count("fails")
    assert cli.main(["list", "--repo", str(ROOT)]) == 0
    assert capsys.readouterr().out.split()[:4] == ["study", "holds", "fails", "inconclusive"]
    assert cli.main(["open", "packing", "jl", "--repo", str(ROOT), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["jl"]
    assert shown["data_vars"]["alpha_c"]["attrs"]["units"] == "1"
    assert cli.main(["open", "packing", "--repo", str(ROOT)]) == 0
    assert "Group: /jl" in capsys.readouterr().out


def test_a_study_that_there_is_not_is_told_in_a_line(capsys):
    assert cli.main(["open", "pakcing", "--repo", str(ROOT)]) == 1
    assert capsys.readouterr().err.startswith("error: study is 'pakcing'; give one of attention_")
