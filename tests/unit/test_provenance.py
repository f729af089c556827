"""Code fingerprints see what computes and nothing else; records travel."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tegum.build import fingerprints, records
from tegum.build.fingerprints import source_digest
from tegum.data import files
from tegum.errors import TegumError
from tegum.experiment.layout import Layout

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


def rooms(name: str):
    return pytest.mark.parametrize(
        "path", sorted(TEGUM.glob(f"studies/*/{name}")), ids=lambda p: p.parent.name
    )


def functions(path: Path) -> list[str]:
    tree = ast.parse(path.read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [
        n.name
        for n in ast.walk(tree)
        if isinstance(n, kinds) and not any("validator" in ast.dump(d) for d in n.decorator_list)
    ]


@rooms("params.py")
def test_parameters_of_a_study_declare_and_do_not_compute(path):
    assert functions(path) == []


@rooms("schema.py")
def test_schemas_of_a_study_import_nothing_that_computes(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
    allowed = {"tegum.data.schema", "tegum.experiment.params", "numpy", "collections.abc", "typing"}
    own = f"tegum.studies.{path.parent.name}.params"
    assert names <= allowed | {own}


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


LAYOUT = Layout()
FILES = ["data/walk/train/a.nc", "results/walk/claims.json"]


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    """A sealed study of two files with Snakemake's records."""
    monkeypatch.chdir(tmp_path)
    for file in FILES:
        files.write_bytes(file, b"content of " + file.encode())
        record = {"params": ["'p'"], "starttime": 1.0, "endtime": 2.0, "record_format_version": 6}
        files.write_json(records.record_path(file), record)
    assert records.seal(LAYOUT, "walk", FILES) == []
    return tmp_path


def fresh(folder):
    shutil.rmtree(folder / ".snakemake")


def test_records_come_back_without_times_where_the_files_are_as_sealed(sealed):
    fresh(sealed)
    assert records.restore(LAYOUT, "walk", FILES)
    for file in FILES:
        assert records.record_of(file) == {"params": ["'p'"], "record_format_version": 6}
    assert not records.restore(LAYOUT, "walk", FILES), "once is enough"


def test_a_file_that_is_not_as_sealed_is_made_to_run_again(sealed):
    fresh(sealed)
    files.write_bytes(FILES[0], b"edited by hand")
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == [records.DIFFERS]
    assert records.record_of(FILES[1])["params"] == ["'p'"]


def test_records_come_back_when_only_snakemakes_folder_was_lost(sealed):
    shutil.rmtree(sealed / ".snakemake")
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0]) is not None


def younger(file, content=None):
    if content is not None:
        Path(file).write_bytes(content)
    os.utime(file)


def test_a_file_that_was_written_without_snakemake_is_made_to_run_again(sealed):
    younger(FILES[0], b"edited by hand")
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == [records.DIFFERS]
    assert records.record_of(FILES[1])["params"] == ["'p'"]


def test_a_touched_file_is_the_sealed_one(sealed):
    younger(FILES[0])
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == ["'p'"]


def test_sealed_content_that_came_back_over_a_later_build_has_its_sealed_record(sealed):
    old = Path(FILES[0]).read_bytes()
    files.write_bytes(FILES[0], b"built later")
    files.write_json(records.record_path(FILES[0]), {"params": ["'later'"]})
    assert not records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == ["'later'"]
    younger(FILES[0], old)
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == ["'p'"]


def test_a_file_that_is_planned_no_more_says_nothing_of_the_others(sealed):
    """Its new age is not that of files which came back from another revision."""
    files.write_json(records.record_path(FILES[0]), {"params": ["'later'"]})
    records.witness(LAYOUT, "walk", FILES[:1])
    for file in FILES:
        younger(file)
    records.restore(LAYOUT, "walk", FILES[:1])
    assert records.record_of(FILES[0])["params"] == ["'later'"]
    assert records.record_of(FILES[1])["params"] == ["'p'"]


def test_a_file_without_record_or_seal_is_made_to_run_again(sealed):
    (sealed / LAYOUT.provenance("walk")).unlink()
    fresh(sealed)
    records.restore(LAYOUT, "walk", FILES)
    assert [records.record_of(f)["params"] for f in FILES] == [[records.DIFFERS]] * 2


def test_a_file_that_is_to_be_made_again_is_no_witness_of_itself(sealed):
    """Else it would be believed when it comes back after it was made again."""
    good = Path(FILES[0]).read_bytes()
    files.write_bytes(FILES[0], b"edited by hand")
    records.restore(LAYOUT, "walk", FILES)
    records.witness(LAYOUT, "walk", FILES)
    files.write_bytes(FILES[0], good)
    files.write_json(records.record_path(FILES[0]), {"params": ["'p'"]})
    files.write_bytes(FILES[0], b"edited by hand")
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == [records.DIFFERS]


def test_a_ledger_that_came_with_git_is_known_by_its_claims(sealed):
    for time in (None, "later"):
        files.write_bytes("results/ledger.json", b"[]")
        if time:
            younger("results/ledger.json")
        records.adopt("results/ledger.json", FILES[1:])
        found = records.record_of("results/ledger.json")
        assert found["input_checksums"] == {FILES[1]: f"sha256:{files.sha256(FILES[1])}"}
    files.write_bytes("results/ledger.json", b"[]")
    files.write_json(records.record_path("results/ledger.json"), {})
    records.adopt("results/ledger.json", FILES[1:])
    assert records.record_of("results/ledger.json") == {}


def test_a_ledger_that_is_disowned_is_made_to_run_again(sealed):
    files.write_json(records.record_path("results/ledger.json"), {"params": []})
    records.disown("results/ledger.json")
    assert records.record_of("results/ledger.json")["params"] == [records.DIFFERS]


def test_what_has_no_record_is_not_sealed(sealed):
    before = (sealed / LAYOUT.provenance("walk")).read_bytes()
    files.write_bytes("data/walk/train/b.nc", b"new")
    missing = records.seal(LAYOUT, "walk", [*FILES, "data/walk/train/b.nc"])
    assert missing == ["data/walk/train/b.nc"]
    assert (sealed / LAYOUT.provenance("walk")).read_bytes() == before


def test_a_seal_is_the_same_in_every_folder_at_every_time(sealed):
    before = (sealed / LAYOUT.provenance("walk")).read_bytes()
    for file in FILES:
        record = {"params": ["'p'"], "starttime": 7.0, "endtime": 9.0, "record_format_version": 6}
        files.write_json(records.record_path(file), record)
    records.seal(LAYOUT, "walk", FILES)
    assert (sealed / LAYOUT.provenance("walk")).read_bytes() == before


@pytest.mark.parametrize(
    "name", ["../outside.nc", "data/../../outside.nc", "/etc/passwd", ".git/config", "Snakefile"]
)
def test_a_seal_from_elsewhere_cannot_write_records_of_other_files(sealed, name):
    fresh(sealed)
    path = sealed / LAYOUT.provenance("walk")
    found = files.read_json(path)
    found["records"][name] = {"params": []}
    files.write_json(path, found)
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(name) is None


@pytest.mark.parametrize("text", ["[]", "{}", '{"hashes": [], "records": 3}', '{"records": {}}'])
def test_a_seal_that_is_none_is_not_used(sealed, text):
    fresh(sealed)
    files.write_json(sealed / LAYOUT.provenance("walk"), json.loads(text))
    assert records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == [records.DIFFERS]


def test_a_torn_seal_is_as_good_as_none(sealed):
    fresh(sealed)
    path = sealed / LAYOUT.provenance("walk")
    path.write_bytes(path.read_bytes()[:-9])
    records.restore(LAYOUT, "walk", FILES)
    assert [records.record_of(f)["params"] for f in FILES] == [[records.DIFFERS]] * 2


def test_a_torn_record_of_a_file_that_nobody_else_vouches_for_makes_it_run_again(sealed):
    """Snakemake takes a torn record for none, and no record for no reason to run."""
    (sealed / LAYOUT.provenance("walk")).unlink()
    record = records.record_path(FILES[0])
    record.write_bytes(record.read_bytes()[:-9])
    records.restore(LAYOUT, "walk", FILES)
    assert records.record_of(FILES[0])["params"] == [records.DIFFERS]
    assert records.record_of(FILES[1])["params"] == ["'p'"]


def test_files_that_changed_places_are_made_to_run_again(sealed):
    """A file that is moved keeps its time of writing."""
    (sealed / "aside").write_bytes(b"")
    for old, new in ((FILES[0], "aside"), (FILES[1], FILES[0]), ("aside", FILES[1])):
        os.replace(old, new)
    records.restore(LAYOUT, "walk", FILES)
    assert [records.record_of(f)["params"] for f in FILES] == [[records.DIFFERS]] * 2
