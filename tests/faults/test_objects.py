"""Damaged, missing and hostile objects of the cache and of the remote; what `tegum verify` says."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.injection import damage
from repository import Repository

from tegum.cli import main
from tegum.errors import TegumError
from tegum.versions.verify import read_manifest, verify

FIGURE = "data/random_walk/measure/drift.nc"
HOSTILE = {
    "../../outside": "not inside the folder",
    "/outside": "not inside the folder",
    "a/../../../outside": "not inside the folder",
    "..\\outside": "not inside the folder",
    "C:\\outside": "not inside the folder",
    "./a": "not inside the folder",
    "": "not inside the folder",
    "fit/drift/0.nc": "twice",
}


def recorded(root: Path, path: str) -> str:
    """MD5 that `dvc.lock` has for an output."""
    return re.search(rf"path: {path}\n +hash: md5\n +md5: (\S+)", (root / "dvc.lock").read_text())[
        1
    ]


def object_of(root: Path, store: str, digest: str) -> Path:
    return root / store / "files/md5" / digest[:2] / digest[2:]


def manifest_of(root: Path, store: str) -> Path:
    return object_of(root, store, recorded(root, "data/random_walk"))


def listed(root: Path, store: str, file: str) -> Path:
    """The object of one file of random_walk."""
    entries = json.loads(manifest_of(root, store).read_text())
    (digest,) = (e["md5"] for e in entries if e["relpath"] == file)
    return object_of(root, store, digest)


def broken(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def hostile(root: Path, store: str, relpath: str, md5: str | None = None) -> Path:
    """Add an entry to the manifest of random_walk, and record the result as its hash."""
    path = manifest_of(root, store)
    entries = json.loads(path.read_text())
    entries.append({"md5": md5 or entries[0]["md5"], "relpath": relpath})
    content = json.dumps(entries).encode()
    digest = hashlib.md5(content).hexdigest() + ".dir"
    new = object_of(root, store, digest)
    new.parent.mkdir(exist_ok=True)
    new.write_bytes(content)
    lock = root / "dvc.lock"
    lock.write_text(lock.read_text().replace(recorded(root, "data/random_walk"), digest))
    return new


def test_all_is_well_and_it_says_how_much_was_checked(in_built, capsys):
    assert main(["verify", "--remote"]) == 0
    said = capsys.readouterr().out
    files = sum(f.is_file() for f in Path("data").rglob("*")) + 4
    objects = len({f.name for s in (".dvc/cache", "published") for f in Path(s).rglob("*")})
    assert said.startswith(f"all as dvc.lock records: hashed {files} files and ")
    assert objects > 10


DIFFERENCES: dict[str, tuple[Callable[[Path], object], str]] = {
    "edited": (lambda f: damage(f, broken(f.read_bytes())), "expected md5 {md5}, found "),
    "missing": (Path.unlink, "missing, expected md5 {md5}"),
    "a folder": (lambda f: (f.unlink(), f.mkdir()), "missing, expected md5 {md5}"),
    "added": (lambda f: f.with_name("new.nc").write_bytes(b""), "not in dvc.lock"),
}


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_what_differs_is_named_with_what_was_expected(in_built, capsys, kind):
    change, message = DIFFERENCES[kind]
    digest = hashlib.md5(Path(FIGURE).read_bytes()).hexdigest()
    change(Path(FIGURE))
    assert main(["verify", "random_walk"]) == 1
    line, summary = capsys.readouterr().out.splitlines()
    named = FIGURE.replace("drift", "new") if kind == "added" else FIGURE
    assert line.startswith(f"{named}: ") and message.format(md5=digest) in line
    assert summary.startswith("1 problem(s): hashed ")


def test_results_in_git_are_compared_as_well(in_built):
    claims = Path("results/random_walk/claims.json")
    damage(claims, claims.read_bytes().replace(b"holds", b"fails"))
    (line,) = verify([]).problems
    assert line.startswith("results/random_walk/claims.json: expected md5 ")
    assert not verify(["mean_power"]).problems


@pytest.mark.parametrize("store", [".dvc/cache", "published"], ids=["cache", "remote"])
@pytest.mark.parametrize("kind", ["damaged", "missing"])
def test_an_object_that_is_not_what_its_name_says_is_named(in_built, store, kind):
    """Also one that is read-only and as old as before, which DVC takes for good."""
    target = listed(Path(), store, "measure/drift.nc")
    if kind == "missing":
        target.unlink()
    else:
        damage(target, broken(target.read_bytes()))
        target.chmod(0o444)
    (line,) = verify([], remote="").problems
    assert str(target) in line and f"of {FIGURE}" in line
    assert ("missing; run dvc fetch" if kind == "missing" else f"found {md5(target)}") in line
    assert bool(verify([]).problems) == (store == ".dvc/cache")


def md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes()).hexdigest()


def test_objects_of_earlier_versions_are_checked_too(in_built):
    old = object_of(Path(), ".dvc/cache", "0" * 32)
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(b"not what its name says")
    for left in (old.with_name(".half.tmp"), old.parent.with_name(".half.tmp")):
        left.write_bytes(b"left by a write that failed")
    (line,) = verify([]).problems
    assert str(old) in line and md5(old) in line


@pytest.mark.parametrize("content", [b"{", b"5", b'[{"md5": "x"}]', b"[" * 10**5], ids=repr)
def test_a_manifest_that_is_none_is_refused(content):
    with pytest.raises(TegumError, match="do not check it out"):
        read_manifest(content)


@pytest.mark.parametrize("name", ["../../../x", "x" * 32, "A" * 32, ""])
def test_a_manifest_whose_object_has_no_proper_name_is_refused(name):
    with pytest.raises(TegumError, match="names no object"):
        read_manifest(json.dumps([{"md5": name, "relpath": "a.nc"}]).encode())


@pytest.mark.parametrize("relpath", HOSTILE)
@pytest.mark.parametrize("store", [".dvc/cache", "published"], ids=["cache", "remote"])
def test_a_manifest_that_points_outside_is_refused_before_checkout(in_built, relpath, store):
    hostile(in_built.root, store, relpath)
    problems = verify([], remote="published" if store == "published" else None).problems
    assert any(
        line.startswith("data/random_walk: its manifest names") and HOSTILE[relpath] in line
        for line in problems
    ), problems


def test_a_hostile_manifest_of_an_earlier_version_is_refused_too(in_built):
    lock = Path("dvc.lock").read_text()
    path = hostile(in_built.root, ".dvc/cache", "../../outside")
    Path("dvc.lock").write_text(lock)
    (line,) = verify([]).problems
    assert str(path) in line and "'../../outside'" in line


def test_a_link_that_leads_a_checkout_outside_is_refused(in_built, tmp_path):
    for folder in ("data/random_walk/measure", "data/mean_power"):
        Path(folder).rename(tmp_path / Path(folder).name)
        Path(folder).symlink_to(tmp_path / Path(folder).name)
    problems = verify([]).problems
    assert f"{FIGURE}: a link leads outside the repository; remove it" in problems
    assert any(p.startswith("data/mean_power") and "link leads outside" in p for p in problems)


def test_a_clone_is_checked_before_it_pulls(clone):
    """A hostile remote with a lock file that agrees: nothing is written outside."""
    hostile(clone.root, "../repository/published", "../../../outside")
    said = clone.tegum("verify", "--remote", fails=True).text
    assert "data/random_walk: its manifest names '../../../outside'" in said
    assert "not pulled yet: data/mean_power" in said
    assert not list(clone.root.parent.glob("outside"))


def test_a_lock_file_that_is_torn_is_told(in_built, capsys):
    Path("dvc.lock").write_text("schema: '2.0'\nstages:\n  random_walk: [")
    assert main(["verify"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: dvc: ") and "dvc.lock" in error


def test_an_unknown_study_and_a_place_that_is_no_project_are_told(in_built, tmp_path, monkeypatch):
    with pytest.raises(TegumError, match=r"dvc: .*lab"):
        verify([], remote="lab")
    with pytest.raises(
        TegumError, match=r"no study 'walk' in dvc.yaml; expected one of mean_power"
    ):
        verify(["walk"])
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(TegumError, match=r"dvc: .*not inside"):
        verify([])


def test_verifying_needs_no_torch(in_built):
    code = (
        "import sys; from tegum.versions.verify import verify; verify([]); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_what_a_damaged_cache_checks_out_is_made_again(built):
    """DVC takes a read-only object for good and checks it out."""
    before = built.outputs()
    target = listed(built.root, ".dvc/cache", "measure/drift.nc")
    damage(target, broken(target.read_bytes()))
    target.chmod(0o444)
    (built.root / FIGURE).unlink()
    built.dvc("checkout", "--quiet")
    assert built.outputs() != before, "or DVC has learnt to look"
    assert FIGURE in built.tegum("verify", fails=True).text
    built.snakemake()
    assert built.outputs() == before


@pytest.mark.parametrize("kind", ["damaged", "missing"])
def test_what_a_remote_has_lost_is_told_and_made_again(built, clone, kind):
    target = listed(built.root, "published", "fit/drift/0.nc")
    if kind == "missing":
        target.unlink()
    else:
        damage(target, broken(target.read_bytes()))
    said = clone.tegum("verify", "--remote", fails=True).text
    assert "data/random_walk/fit/drift/0.nc" in said
    assert "failed to pull" in clone.dvc("pull", fails=True).text
    clone.snakemake()
    assert clone.outputs() == built.outputs()


def test_a_project_that_was_never_recorded_is_told(unbuilt: Repository):
    said = unbuilt.tegum("verify", fails=True).text
    assert "data/random_walk: not in dvc.lock; run dvc repro" in said
