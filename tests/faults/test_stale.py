"""Files whose times, links or records say that they are of today, and whose content does not."""

import shutil
from pathlib import Path

import pytest
from repository import LONGER, Repository

NOTHING = "Nothing to be done"
BACK = tuple(reversed(LONGER))


def built_and_undone(built: Repository) -> dict[str, bytes]:
    """Build an edit, then take it back in the parameters alone; the outputs before the edit."""
    before = built.outputs()
    built.params(*LONGER)
    built.snakemake()
    built.params(*BACK)
    return before


def test_rows_put_back_by_a_copy_do_not_vouch_for_what_was_measured_from_others(built):
    built.run("cp", "-a", "data", "../kept")
    before = built_and_undone(built)
    for stage in ("train", "fit"):
        shutil.rmtree(built.root / f"data/random_walk/{stage}")
        built.run("cp", "-a", f"../kept/random_walk/{stage}", "data/random_walk/")
    assert "measure random_walk/drift" in built.tegum("why").text
    built.snakemake()
    assert built.outputs() == before
    assert NOTHING in built.snakemake().text


def test_a_folder_moved_away_and_back_is_not_what_was_built_meanwhile(built, from_nothing):
    place, aside = built.root / "data/random_walk", built.root.parent / "aside"
    place.rename(aside)
    built.params(*LONGER)
    built.snakemake()
    shutil.rmtree(place)
    aside.rename(place)
    assert "random_walk/drift/0" in built.tegum("why").text
    built.snakemake()
    assert built.outputs() == from_nothing


@pytest.mark.parametrize("kind", ["hardlink", "symlink"])
def test_files_checked_out_as_links_are_what_they_point_to(built, from_nothing, kind):
    built.dvc("config", "--local", "cache.type", kind)
    built.dvc("checkout", "--force", "--relink")
    built.params(*LONGER)
    built.snakemake()
    built.dvc("checkout", "--force")
    built.snakemake()
    assert built.outputs() == from_nothing


@pytest.mark.parametrize("how", ["--touch", "--cleanup-metadata"])
def test_what_was_recorded_without_a_job_is_neither_believed_nor_sealed(built, from_nothing, how):
    seal = "data/random_walk/provenance.json.gz"
    sealed = (built.root / seal).read_bytes()
    built.params(*LONGER)
    files = sorted(str(f.relative_to(built.root)) for f in built.root.glob("data/*/*/*/*"))
    built.snakemake(how, *(files if how == "--cleanup-metadata" else ()))
    refused = built.run("python", "-m", "tegum.build.stages", "seal", "random_walk", fails=True)
    assert "not made from these parameters and this code" in refused.text
    assert (built.root / seal).read_bytes() == sealed
    built.dvc("repro", "--quiet")
    assert built.outputs() == from_nothing


def test_a_torn_file_whose_mark_is_ignored_is_made_again(built, from_nothing):
    built.params(*LONGER)
    torn = built.root / "data/random_walk/fit/drift/0.nc"
    with built.hanging("--cores", "1", fault="fit:hang"):
        torn.parent.mkdir(exist_ok=True)
        torn.write_bytes(b"torn")
    Path(torn.with_suffix(".keys.json")).write_text("{}")
    built.snakemake("--ignore-incomplete")
    assert built.outputs() == from_nothing
