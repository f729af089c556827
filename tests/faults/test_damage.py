"""Files that are not what they were: each is refused by name, and one build makes them again."""

import json
import os
import pickle
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from faults.injection import NOTHING, damage
from faults.test_kill import dataset
from hypothesis import given
from hypothesis import strategies as st
from repository import LONGER

from tegum.build import status
from tegum.build.project import Project
from tegum.data import files, netcdf, row_cache
from tegum.errors import TegumError
from tegum.labels import variable

ROWS = "data/random_walk/fit/drift/0.nc"
MEASURE = "data/random_walk/measure/drift.nc"
MANIFEST = "data/random_walk/fit/drift/1.keys.json"


class Trap:
    """What runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch trapped",)


def flipped(content: bytes) -> bytes:
    place = np.random.default_rng(len(content)).integers(len(content))
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


KINDS = {
    "flipped": flipped,
    "truncated": lambda content: content[: len(content) // 2],
    "empty": lambda content: b"",
    "pickle": lambda content: pickle.dumps(Trap()),
    "wrong schema": lambda content: netcdf.encode(dataset(1.0)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("file", [ROWS, MEASURE, MANIFEST])
def test_a_damaged_file_is_named(in_built, kind, file):
    if file == MANIFEST and kind == "wrong schema":
        damage(Path(file), b'{"keys": ["other"], "sha256": 1}')
    else:
        damage(Path(file), KINDS[kind](Path(file).read_bytes()))
    project = Project(fingerprints=files.read_json("workflow/code.json"))
    problems = status.problems(project, ["random_walk"])
    assert len(problems) >= 1
    assert {line.split(":")[0] for line in problems} <= {file, file.replace(".keys.json", ".nc")}
    if file == MANIFEST and kind != "flipped":
        assert MANIFEST in status.reasons(project, "random_walk")[0]
    assert not Path("trapped").exists()


def test_damaged_files_whose_times_are_old_are_made_again_by_one_build(built):
    """All kinds at once, with the times of the good files, as a failing disk leaves them."""
    before = built.outputs()
    victims = dict(
        zip(sorted(f for f in before if "ledger" not in f), 4 * list(KINDS), strict=False)
    )
    for file, kind in victims.items():
        damage(built.root / file, KINDS[kind](before[file]))
    assert len(victims) > 12
    again = built.snakemake()
    assert NOTHING not in again.text
    assert built.outputs() == before
    assert not (built.root / "trapped").exists()


def test_swapped_files_are_made_again(built):
    before = built.outputs()
    for first, second in (
        ("data/random_walk/train/drift/0", "data/random_walk/train/drift/1"),
        ("data/random_walk/measure/drift", "data/random_walk/measure/length"),
    ):
        for suffix in (".nc", ".keys.json"):
            one, other = built.root / (first + suffix), built.root / (second + suffix)
            if one.exists():
                one.rename(one.with_suffix(".aside"))
                other.rename(one)
                one.with_suffix(".aside").rename(other)
    assert built.outputs() != before
    again = built.snakemake()
    assert not again.cells("random_walk", "train"), "their rows are known by their keys"
    assert built.outputs() == before


@pytest.mark.parametrize("content", [b"", b"[]\n", b"[1", None], ids=str)
def test_a_ledger_that_is_not_the_claims_of_the_studies_is_made_again(in_built, content):
    """Snakemake never looks at a final file again, and the ledger has no seal."""
    from tegum.build import records
    from tegum.build.workflow import Workflow

    ledger = Path("results/ledger.json")
    rows = json.loads(ledger.read_text())
    rows[0]["verdict"] = "fails"
    damage(ledger, json.dumps(rows).encode() if content is None else content)
    project = Workflow(fingerprints=files.read_json("workflow/code.json"))
    project.restore()
    assert records.record_of(str(ledger))["params"] == [records.DIFFERS]


@given(
    place=st.floats(0, 1, exclude_max=True, allow_subnormal=False),
    bit=st.integers(0, 7),
    losses=st.sampled_from([1, netcdf.LARGE // 8]),
)
def test_a_flipped_bit_of_a_measured_file_is_refused(tmp_path_factory, place, bit, losses):
    """Of the classic format, and of that of large datasets."""
    file = tmp_path_factory.getbasetemp() / "flipped.nc"
    whole = dataset(1.0).assign(loss=variable("draw", np.full(losses, 1.5), "loss", "nat"))
    netcdf.save_dataset(file, whole, None)
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    file.write_bytes(bytes(content))
    with suppress(TegumError):
        found = netcdf.load_dataset(file)
        assert found.identical(whole), "only the digest itself may differ unseen"


@given(place=st.floats(0, 1, exclude_max=True, allow_subnormal=False), bit=st.integers(0, 7))
def test_a_flipped_bit_of_a_manifest_is_refused_or_changes_nothing(tmp_path_factory, place, bit):
    file = tmp_path_factory.getbasetemp() / "flipped-rows.nc"
    row_cache.save_rows(str(file), dataset(1.0), ["k1", "k2"], None)
    manifest = file.with_suffix(".keys.json")
    content = bytearray(manifest.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    manifest.write_bytes(bytes(content))
    with suppress(TegumError):
        found, keys = row_cache.load_rows(str(file), ["k1", "k2"])
        assert found.identical(dataset(1.0)) and keys == ["k1", "k2"]


def torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


@pytest.mark.parametrize("loss", ["lost", "torn"])
def test_without_whole_records_an_edit_is_still_seen(built, from_nothing, loss):
    """Snakemake takes a torn record for none, and no record for no reason to run."""
    records = [f for f in (built.root / ".snakemake/metadata").rglob("*") if f.is_file()]
    seals = list((built.root / "data").glob("*/provenance.json.gz"))
    makings = list((built.root / ".tegum/made").rglob("*.json"))
    assert records and seals and makings
    for file in (*records, *seals, *makings):
        file.unlink() if loss == "lost" else torn(file)
    shutil.rmtree(built.root / ".tegum/rows")
    built.params(*LONGER)
    again = built.snakemake()
    assert again.steps() == 60 * 6, "the rows of the other sweep are known by their keys"
    assert built.outputs() == from_nothing


def test_rows_that_another_job_forgets_meanwhile_do_not_keep_others_from_being_dropped(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    row_cache.save_rows("a.nc", dataset(1.0), ["k1", "k2"], None)
    row_cache.remember("a.nc", "walk", "train")
    (manifest,) = Path(".tegum/rows/walk/train").glob("*.keys.json")
    for name in ("0", "z"):  # listed before and after it, and gone when it is read
        manifest.with_name(f"{name}.keys.json").symlink_to("gone")
    row_cache.drop("walk", "train", ["k1"])
    assert not manifest.exists()
    assert row_cache.recall("walk", "train", ["k2"]) == {}


def test_damaged_rows_of_the_local_cache_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    row_cache.save_rows("a.nc", dataset(1.0), ["k1", "k2"], None)
    row_cache.remember("a.nc", "walk", "train")
    (manifest,) = Path(".tegum/rows/walk/train").glob("*.keys.json")
    for content in (b"", b"5", b'{"keys": 5, "sha256": ""}', b'{"keys": [[1]], "sha256": ""}'):
        row_cache.remember("a.nc", "walk", "train")
        manifest.write_bytes(content)
        assert row_cache.recall("walk", "train", ["k1"]) == {}
        assert not manifest.exists()
    row_cache.remember("a.nc", "walk", "train")
    assert set(row_cache.recall("walk", "train", ["k1"])) == {"k1"}
