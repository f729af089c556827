"""What a person types: commands, their output and their errors."""

import json
import subprocess
import sys

import pytest
from repository import ROOT

from tegum import cli
from tegum.build.new_study import new_study
from tegum.build.project import Project
from tegum.build.rehearsal import rehearse, shortened
from tegum.errors import TegumError


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from tegum import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'xarray', 'torch', 'pydantic'} & sys.modules.keys()))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"


def test_claims_are_filtered_by_study_and_verdict(capsys):
    assert cli.main(["claims", "packing", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows and all(r["id"].startswith("packing.") for r in rows)
    assert cli.main(["claims", "--verdict", "holds", "--json"]) == 0
    assert all(r["verdict"] == "holds" for r in json.loads(capsys.readouterr().out))


def test_an_unknown_study_is_one_line_with_what_is_known(capsys):
    assert cli.main(["why", "paking"]) == 1
    error = capsys.readouterr().err
    assert "paking" in error and "packing" in error and "Traceback" not in error


def test_outside_a_project_the_error_says_where_to_go(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["check"]) == 1
    assert "project's root" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../evil", "Upper", "a b", "", "9lives", "x" * 60])
def test_a_study_cannot_be_named_outside_its_folder(name):
    with pytest.raises(TegumError, match="cannot name a study"):
        new_study(name)


@pytest.mark.parametrize("name", ["smoke", "paper", "train", "all", "ledger"])
def test_a_study_cannot_have_the_name_of_a_scale_or_a_rule(name):
    with pytest.raises(TegumError, match="means something else"):
        new_study(name)


def test_an_existing_study_is_never_overwritten():
    with pytest.raises(TegumError, match="there already"):
        new_study("packing")


def test_outside_a_project_no_study_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TegumError, match="project's root"):
        new_study("my_question")
    assert not list(tmp_path.iterdir())


def test_one_cell_runs_without_files(capsys):
    assert cli.main(["run", "packing", "pairs"]) == 0
    assert "measure:" in capsys.readouterr().out
    assert cli.main(["run", "packing", "pairs", "n_feature=2"]) == 1
    assert "has no axis 'n_feature'" in capsys.readouterr().err


@pytest.mark.parametrize("study", ["monosemanticity", "sae_errors"])
def test_a_rehearsal_keeps_every_shape_and_cuts_the_rest(study):
    params = Project("paper", "cpu").params[study]
    short = shortened(params)
    told = {name: v for values in params.REHEARSAL.values() for name, v in values.items()}
    for name, sweep in short.sweeps.items():
        for axis, values in sweep.axes.items():
            kept = params.sweeps[name].axes[axis]
            whole = params.shapes() | {params.kinds(s).tag for s in params.CHAIN}
            expected = kept if axis in whole else kept[:1]
            assert values == ([told[axis]] if axis in told else expected)


@pytest.mark.parametrize("study", sorted(p.stem for p in (ROOT / "params").glob("*.yaml")))
def test_every_bucket_shape_of_the_paper_scale_runs(study):
    project = Project("paper", "cpu")
    shapes = list(rehearse(project, study))
    assert bool(shapes) == bool(project.row_jobs(study))
