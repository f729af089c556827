"""Code fingerprints see what computes and nothing else; records travel."""

import ast
import gzip
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tegum.build import fingerprints, records
from tegum.build.recipes import Recipe
from tegum.data import files
from tegum.data.digests import Digests
from tegum.data.syntax import source_digest
from tegum.errors import TegumError

ROOT = Path(__file__).parents[2]
TEGUM = ROOT / "src" / "tegum"

SOURCE = '''
"""Module."""
from __future__ import annotations
import numpy as np

@decorated(1, *a, k=None, **b)
class Walk(Base, metaclass=Meta):
    """Class."""
    step: int = 1
    """Field."""

    async def run(self, x: int, /, y=2.5, *, z: str | None = None) -> "Walk":
        """Method."""
        # Comment.
        async with open(x) as f:
            await f
        try:
            return [i ** 2 for i in range(x) if i % 2 and not None], {**y, "k": 1j}
        except (ValueError, *z) as error:
            raise TypeError(f"{x!r:>{y}} of {z=} " "joined") from error
        finally:
            print(x[1:2, ..., ::3], lambda q, *r: q if r else ..., b"\\x00", "é\\n")

def match(value):
    match value:
        case {"a": [1, *rest], **more} if (n := len(rest)) > 1:
            yield from rest
        case Walk(step=2) | None | "text":
            return
        case _:
            x: list[int]; x = y = 1_000; x += 1; del x; global g; g = True
'''
DIGEST = "4a7acce525ba617ddf8a790c0001398b5a9a06dde219193025d1935207deb829"


def test_a_digest_is_the_same_on_every_python():
    assert source_digest(SOURCE) == DIGEST


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Module."""\n', ""),
        ('"""Method."""', '"""Another text\n        on two lines."""'),
        ('    """Class."""\n', ""),
        ('    """Field."""\n', ""),
        ("# Comment.", "# Another."),
        ("x: int, /, y=2.5,", "x : int,\n            /, y = 2.50,"),
        ("1_000", "1000"),
        ("(n := len(rest)) > 1", "((n := len(rest))   >   1)"),
        ('"text"', "'text'"),
        ('b"\\x00"', "b'\\0'"),
    ],
)
def test_words_and_layout_are_not_seen(old, new):
    assert SOURCE.count(old) == 1
    assert source_digest(SOURCE.replace(old, new)) == DIGEST


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("y=2.5", "y=2.6"),
        ("step: int = 1", "step: float = 1"),
        ("i ** 2", "i * 2"),
        ("if i % 2", "if i % 3"),
        ("and not None", "or not None"),
        ("k=None", "k=0"),
        ("return\n", "return None\n"),
        ("as error:", "as other:"),
        ("metaclass=Meta", "meta=Meta"),
        ("async with", "with"),
        ("**b", "*b"),
        ("x: int, /, y", "x: int, y"),
        ("::3", "::2"),
        ("g = True", "g = 1"),
        ("import numpy as np", "import numpy"),
        ("[1, *rest]", "[1, rest]"),
        ("!r:", "!s:"),
        ("1j", "1.0"),
    ],
)
def test_every_change_of_code_is_seen(old, new):
    assert SOURCE.count(old) == 1
    assert source_digest(SOURCE.replace(old, new)) != DIGEST


def test_code_that_does_not_parse_is_a_readable_error():
    with pytest.raises(TegumError, match=r"not valid Python: .*line 2"):
        source_digest("x = 1\ndef f(:\n")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the core with the two studies of the workflow tests."""
    root = tmp_path_factory.mktemp("package")
    skip = shutil.ignore_patterns("__pycache__", "studies")
    shutil.copytree(TEGUM, root / "tegum", ignore=skip)
    studies = root / "tegum" / "studies"
    shutil.copytree(ROOT / "tests" / "workflow" / "studies", studies)
    (studies / "__init__.py").touch()
    return root


def prints(package: Path) -> dict[str, dict[str, str]]:
    code = (
        "import json; from tegum.build.fingerprints import fingerprints; "
        "print(json.dumps(fingerprints(['random_walk', 'mean_power'])))"
    )
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, env={"PYTHONPATH": str(package)}, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


CLAIMS = {("random_walk", "claims"), ("mean_power", "claims")}
ON_ROWS = {(s, m) for s in ("random_walk", "mean_power") for m in ("fit", "measure")}


@pytest.mark.parametrize(
    ("module", "changed"),
    [
        ("studies/random_walk/steps.py", {("random_walk", "train")}),
        ("studies/random_walk/fit.py", {("random_walk", "fit")}),
        ("studies/random_walk/schema.py", set()),
        ("studies/random_walk/params.py", set()),
        ("studies/mean_power/trace.py", {("mean_power", s) for s in ("fit", "measure", "claims")}),
        ("statistics.py", CLAIMS),
        ("labels.py", {("random_walk", "train"), *ON_ROWS, *CLAIMS}),
        ("data/files.py", set()),
        ("data/netcdf.py", set()),
        ("cli.py", set()),
        ("experiment/seeds.py", {("random_walk", "train"), *ON_ROWS}),
        ("experiment/cell.py", {("random_walk", "train"), *ON_ROWS}),
        ("data/rows.py", ON_ROWS),
    ],
)
def test_an_edit_changes_the_fingerprint_of_what_imports_it(package, module, changed):
    before = prints(package)
    path = package / "tegum" / module
    text = path.read_text()
    path.write_text(text + "\nADDED = 1\n")
    after = prints(package)
    path.write_text(text)
    found = {(s, g) for s, stages in after.items() for g in stages if before[s][g] != stages[g]}
    assert found == changed
    assert set(before["random_walk"]) == {"train", "fit", "measure", "claims"}


def test_what_a_stage_takes_from_its_declarations_and_computes_with_is_in_its_fingerprint(package):
    """Values of fields are in the key; constants, functions and methods are nowhere else."""
    room = package / "tegum" / "studies" / "random_walk"
    params, train = (room / "params.py").read_text(), (room / "train.py").read_text()
    declared = "class Train(Section):\n"
    assert declared in params
    found = []
    for factor, half in ((2, 0.5), (3, 0.5), (3, 0.25)):
        method = f"    @property\n    def half(self):\n        return {half}\n\n"
        text = f"FACTOR = {factor}\nUNUSED = {factor}\n"
        (room / "params.py").write_text(params.replace(declared, declared + method) + text)
        imported = "from tegum.studies.random_walk.params import FACTOR, Train\n"
        (room / "train.py").write_text(train + imported)
        found.append(prints(package)["random_walk"]["train"])
    (room / "params.py").write_text(params.replace(declared, declared + method) + "FACTOR = 3\n")
    found.append(prints(package)["random_walk"]["train"])
    assert len(set(found[:3])) == 3 and found[3] == found[2]
    (room / "params.py").write_text(params)
    (room / "train.py").write_text(train)


def test_neutral_modules_are_those_that_no_number_comes_from():
    """A module added to this list has to be shown here to be without any number."""
    assert set(fingerprints.NEUTRAL) == {
        "tegum", "tegum.data", "tegum.data.files", "tegum.data.netcdf", "tegum.data.row_cache",
        "tegum.errors", "tegum.experiment", "tegum.experiment.layout", "tegum.experiment.params",
        "tegum.experiment.resolve", "tegum.experiment.sweep", "tegum.experiment.yaml_files",
    }  # fmt: skip
    for name in (
        "errors", "experiment/layout", "experiment/params", "experiment/sweep",
        "experiment/yaml_files", "data/files", "data/row_cache",
    ):  # fmt: skip
        imported = {
            alias.name
            for node in ast.walk(ast.parse((TEGUM / f"{name}.py").read_text()))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        assert not imported & {"numpy", "scipy", "torch", "random", "secrets"}


SEAL = "data/walk/provenance.json.gz"
ROWS = Recipe(
    "train", "rows", [], ["data/walk/train/a.nc", "data/walk/train/a.keys.json"], {"p": "1"}
)
CLAIMS_OF = Recipe(
    "judge", "claims", [ROWS.outputs[0]], ["results/walk/claims.json"], {"code": "c"}
)
RECIPES = [ROWS, CLAIMS_OF]
FILES = [file for recipe in RECIPES for file in recipe.outputs]


def makings() -> records.Makings:
    return records.Makings(SEAL, Digests())


def known() -> list[bool]:
    """Of each job, whether what its files were made from is known."""
    return [makings().of(recipe) is not None for recipe in RECIPES]


def run(recipe: Recipe, word: str = "") -> None:
    """What a job does: read, write, note."""
    inputs = records.read(recipe.inputs)
    for file in recipe.outputs:
        files.write_bytes(file, f"content of {file} {word}".encode())
    records.note(recipe, inputs)


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    """A sealed study of two jobs, of which nothing is noted but in the seal."""
    monkeypatch.chdir(tmp_path)
    for recipe in RECIPES:
        run(recipe)
    assert records.seal(SEAL, RECIPES, Digests()) == []
    shutil.rmtree(tmp_path / ".tegum")
    return tmp_path


def test_a_seal_says_what_its_files_were_made_from(sealed):
    assert known() == [True, True]
    assert makings().of(CLAIMS_OF).inputs == {FILES[0]: files.sha256(FILES[0])}


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_another_is_known_no_more_nor_what_was_made_from_it(sealed, file):
    content = Path(file).read_bytes()
    Path(file).write_bytes(b"edited by hand")
    assert known() == [file not in ROWS.outputs, file not in (FILES[0], FILES[2])]
    Path(file).unlink()
    assert known() == [file not in ROWS.outputs, file != FILES[2]], "an absent input says nothing"
    Path(file).write_bytes(content)
    assert known() == [True, True]


def test_what_came_back_over_a_later_build_is_known_by_its_seal(sealed):
    shutil.copytree("data/walk/train", "aside")
    run(replace(ROWS, params={"p": "2"}), "later")
    assert makings().of(ROWS).params == ["2"]
    shutil.rmtree("data/walk/train")
    os.rename("aside", "data/walk/train")
    assert makings().of(ROWS).params == ["1"]


def test_of_two_makings_that_are_true_the_one_of_today_is_taken(sealed):
    run(replace(ROWS, params={"p": "2"}))
    assert makings().of(ROWS).params == ["1"]
    assert makings().of(replace(ROWS, params={"p": "3"})).params == ["2"]


def test_of_two_makings_that_are_true_the_one_with_the_inputs_of_today_is_taken(sealed):
    other = "data/walk/train/other_bucket.nc"
    files.write_bytes(other, b"the same rows in another bucket")
    run(replace(CLAIMS_OF, inputs=[other]))
    Path(other).unlink()
    assert list(makings().of(CLAIMS_OF).inputs) == CLAIMS_OF.inputs


def test_what_was_not_seen_made_from_the_parameters_of_today_is_not_sealed(sealed):
    before = Path(SEAL).read_bytes()
    edited = replace(ROWS, params={"p": "2"})
    assert records.seal(SEAL, [edited, CLAIMS_OF], Digests()) == ROWS.outputs
    Path(FILES[2]).write_bytes(b"edited by hand")
    assert records.seal(SEAL, RECIPES, Digests()) == CLAIMS_OF.outputs
    assert Path(SEAL).read_bytes() == before


def test_a_seal_is_the_same_whether_its_files_were_made_here_or_pulled(sealed):
    before = Path(SEAL).read_bytes()
    records.seal(SEAL, RECIPES, Digests())
    assert Path(SEAL).read_bytes() == before
    for recipe in RECIPES:
        run(recipe)
    records.seal(SEAL, RECIPES, Digests())
    assert Path(SEAL).read_bytes() == before


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"made": [3]}', b'{"made": 3}', b"torn"])
def test_a_seal_that_is_none_is_not_used(sealed, content):
    files.write_bytes(SEAL, gzip.compress(content))
    assert known() == [False, False]


@pytest.mark.parametrize("name", ["../outside", "data/../../outside", "/etc/passwd", "Snakefile"])
def test_a_seal_from_elsewhere_names_no_files_but_results(sealed, name):
    files.write_bytes("../outside", b"")
    files.write_bytes("Snakefile", b"")
    made = files.read_json(SEAL)
    made["made"][0]["inputs"] = {name: files.sha256(name)}
    files.write_json(SEAL, made)
    assert known() == [False, True]


def test_records_of_snakemake_say_what_is_true_and_keep_its_words(sealed):
    records.put(CLAIMS_OF, makings().of(CLAIMS_OF))
    (file,) = CLAIMS_OF.outputs
    found = records.record_of(file)
    assert found["params"] == ["'c'"] and found["input"] == CLAIMS_OF.inputs
    assert found["input_checksums"] == {FILES[0]: f"sha256:{files.sha256(FILES[0])}"}
    files.write_json(records.record_path(file), found | {"starttime": 7.0, "params": ["'new'"]})
    records.put(CLAIMS_OF, makings().of(CLAIMS_OF))
    assert records.record_of(file) == found | {"starttime": 7.0}
    records.put(CLAIMS_OF, None)
    assert records.record_of(file)["params"] == [records.DIFFERS]
    records.record_path(file).write_bytes(b"{torn")
    records.put(CLAIMS_OF, makings().of(CLAIMS_OF))
    assert records.record_of(file) == found


def test_a_digest_is_read_again_when_anything_about_the_file_has_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tegum.data.digests.RECENT", -1)
    for name in ("a", "b"):
        Path(name).write_bytes(name.encode())
    Path("link").symlink_to("a")
    digests = Digests()
    first = [digests.of(name) for name in ("a", "b", "link", "none", ".")]
    assert first == [files.sha256("a"), files.sha256("b"), files.sha256("a"), None, None]
    digests.save()
    monkeypatch.setattr(files, "sha256", lambda path: f"read {path}")
    assert [Digests().of(name) for name in ("a", "b", "link")] == first[:3]
    Path("link").unlink()
    Path("link").symlink_to("b")
    time = os.stat("b").st_mtime_ns
    Path("b").write_bytes(b"c")
    os.utime("b", ns=(time, time))
    assert [Digests().of(name) for name in ("a", "b", "link")] == [first[0], "read b", "read link"]
