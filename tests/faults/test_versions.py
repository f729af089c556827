"""Versions that cannot be compared: status 2 and a line that names what is wrong."""

import json
import shutil
from pathlib import Path

import pytest

from tegum.cli import main

CLAIMS = "results/random_walk/claims.json"
MEASURE = "data/random_walk/measure/drift.nc"
CONFLICT = b"<<<<<<< HEAD\nstages: {}\n=======\nstages: []\n>>>>>>> other\n"


def compared(*arguments: str) -> int:
    return main(["compare", "random_walk", *arguments])


def test_equal_versions_end_with_0_and_others_with_1(built):
    assert "No difference" in built.tegum("compare", "random_walk", "HEAD").text
    rows = json.loads(built.read(CLAIMS))
    rows[0]["verdict"] = "fails" if rows[0]["verdict"] == "holds" else "holds"
    built.write(CLAIMS, json.dumps(rows))
    assert built.tegum("compare", "random_walk", "HEAD", fails=True).code == 1


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (CLAIMS, b'[{"id": "random_walk'),
        (CLAIMS, b"5"),
        (CLAIMS, b"[{}]"),
        (CLAIMS, b"\xff"),
        ("workflow/code.json", b"[]"),
        ("workflow/code.json", b"{"),
        ("workflow/code.json", b'{"random_walk": 5}'),
        ("params/random_walk.yaml", b"\xff\xfe"),
        ("params/random_walk.yaml", b"5"),
        ("params/random_walk.yaml", b"sweeps: [1]"),
        ("params/random_walk.yaml", b"sweeps: {drift: {axes: 3}}"),
        ("params/random_walk.yaml", b"sweeps: {}\ninputs: [5]"),
        ("params/random_walk.yaml", b"sweeps: {a: {like: b}}"),
    ],
    ids=range(13),
)
def test_a_version_whose_files_are_no_such_files_is_an_error(in_built, capsys, file, content):
    Path(file).write_bytes(content)
    in_built.commit("Damaged")
    for revisions in (("HEAD", "HEAD~1"), ("HEAD~1", "HEAD")):
        assert compared(*revisions) == 2
        said = capsys.readouterr().err
        assert file in said and "Traceback" not in said


@pytest.mark.parametrize("content", [CONFLICT, b"\xff", b"[]", b"stages: [1]"], ids=range(4))
def test_a_lock_file_with_marks_of_a_conflict_is_an_error(in_built, capsys, content):
    Path("dvc.lock").write_bytes(content)
    in_built.commit("Conflict")
    assert compared("HEAD~1", "HEAD") == 2
    said = capsys.readouterr().err
    assert "dvc.lock" in said and "Traceback" not in said


def test_a_rebuild_is_held_against_what_is_published(built):
    same = built.tegum("reproduce").text.splitlines()
    assert len(same) == 3 and all(": none" in line for line in same), same
    content = built.read(CLAIMS)
    rows = json.loads(content)
    rows[0] |= {"estimate": 7.0, "ci_low": 6.0, "ci_high": 8.0}
    built.write(CLAIMS, json.dumps(rows))
    built.commit("Numbers of another machine")
    built.write(CLAIMS, content)
    told = built.tegum("reproduce").text.splitlines()
    assert ": none" in told[0] and rows[0]["id"] in told[1] and "7 -> " in told[2]
    rows[0]["verdict"] = "fails" if rows[0]["verdict"] == "holds" else "holds"
    built.write(CLAIMS, json.dumps(rows))
    built.commit("Another verdict")
    built.write(CLAIMS, content)
    ran = built.tegum("reproduce", fails=True)
    assert ran.code == 1 and f"({rows[0]['id']} {rows[0]['verdict']} -> " in ran.text
    assert built.tegum("reproduce", "HEAD~2").code == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            lambda r: r.write(CLAIMS, r.read(CLAIMS).replace("holds", "fails")),
            "not up to date: judge random_walk",
        ),
        (lambda r: r.params("steps: 50", "steps: 60"), "not up to date: fit mean_power"),
        (lambda r: shutil.rmtree(r.root / "data/random_walk"), "random_walk: not built"),
        (lambda r: r.write(CLAIMS, "[{"), "not up to date: judge random_walk"),
    ],
    ids=["claims by hand", "parameters", "not built", "torn"],
)
def test_what_is_not_built_from_the_texts_of_today_reproduces_nothing(built, damage, said):
    damage(built)
    ran = built.tegum("reproduce", fails=True)
    assert ran.code == 2 and said in ran.text and "Traceback" not in ran.text


@pytest.mark.parametrize(
    "revision",
    ["", "nonsense", "HEAD^{tree}", "HEAD:params", "..", "HEAD..HEAD", "a\nb", "@{u}", "\udcff"],
)
def test_what_is_no_revision_is_an_error(in_built, capsys, revision):
    for command in (["compare", "random_walk", "HEAD"], ["reproduce"]):
        assert main([*command, revision]) == 2
        said = capsys.readouterr().err
        assert said.startswith("error:") and "Traceback" not in said


def test_a_flipped_bit_of_a_measured_file_is_an_error_and_no_change(built):
    file = built.root / MEASURE
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    ran = built.tegum("compare", "random_walk", "HEAD", fails=True)
    assert ran.code == 2 and f"{MEASURE}: damaged" in ran.text
