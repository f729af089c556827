"""What the command `tegum` says of itself, of a wrong word, and of results."""

import json
import subprocess
from pathlib import Path

import pytest

import tegum
from tegum import cli
from tegum.library import terminal

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


STUDY = ("packing",)
PRINTING = {
    "list": (), "claims": STUDY, "show": STUDY, "why": STUDY, "check": STUDY, "verify": STUDY,
    "reproduce": (), "open": (*STUDY, "jl"), "run": (*STUDY, "jl"),
    "compare": (*STUDY, "HEAD"), "sync": (), "report": (), "contrast": ("file",),
    "controls": ("file",), "activations": ("model", "text", "--layer", "7"),
    "new-study": ("name",), "remove-study": ("name",), "cost": STUDY,
    "refit": (*STUDY, "jl", "--out", "o"),
}  # fmt: skip


def test_every_verb_can_print_json():
    for verb in cli.VERBS.keys() - {"completion"}:
        assert cli._parser().parse_args([verb, *PRINTING[verb], "--json"]).json, verb


@pytest.mark.parametrize("verb", ["why", "claims", "run"])
def test_json_is_all_that_is_printed(verb, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert cli.main([verb, *PRINTING[verb], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    if verb == "run":
        assert found["measure"]["data_vars"]["alpha_c"]["attrs"]["units"] == "1"


def test_a_terminal_gets_a_header_and_colours_and_a_pipe_plain_text(monkeypatch):
    rows = [["holds", "packing.p1"], ["fails", "a.b"]]
    monkeypatch.setattr(terminal, "on_terminal", lambda: False)
    assert terminal.table(("verdict", "claim"), rows).splitlines() == [
        "  verdict  claim", "  holds    packing.p1", "  fails    a.b",
    ]  # fmt: skip
    monkeypatch.setattr(terminal, "on_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    shown = terminal.table(("verdict", "claim"), rows)
    assert "\x1b[32mholds" in shown and "\x1b[31mfails" in shown


def test_bash_completes_verbs_and_studies(capsys, tmp_path):
    assert cli.main(["completion", "bash"]) == 0
    script = tmp_path / "completion.bash"
    script.write_text(capsys.readouterr().out)
    typed = {("cl",): "claims", ("claims", "pack"): "packing", ("why", "sae_r"): "sae_recovery"}
    for words, meant in typed.items():
        lines = [
            f"source {script}", f"COMP_WORDS=(tegum {' '.join(words)})",
            f"COMP_CWORD={len(words)}", "_shtab_tegum", 'echo "${COMPREPLY[@]}"',
        ]  # fmt: skip
        ran = subprocess.run(["bash", "-c", "\n".join(lines)], cwd=ROOT, capture_output=True)
        assert ran.stdout.decode().strip() == meant, ran.stderr.decode()
