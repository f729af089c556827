"""P2: a clone that pulls has nothing to compute, whatever the times of its files are."""

import shutil


def test_a_clone_that_pulls_has_nothing_to_do(built, clone):
    clone.dvc("pull", "--quiet")
    clone.assert_built()
    assert clone.outputs() == built.outputs()
    clone.touch()
    clone.assert_built()
    clone.assert_recorded()
    assert not clone.git("status", "--porcelain")


def test_a_clone_that_pulls_one_study_has_nothing_to_do_for_it(clone):
    clone.dvc("pull", "--quiet", "random_walk")
    assert not (clone.root / "data" / "mean_power").exists()
    clone.assert_built("random_walk")
    rest = clone.snakemake()
    assert {study for study, _ in rest.stages} == {"mean_power"}


def test_a_clone_that_pulls_only_a_reader_does_not_compute_what_it_read(clone):
    clone.dvc("pull", "--quiet", "mean_power")
    clone.assert_built("mean_power")
    assert not (clone.root / "data" / "random_walk" / "train").exists()


def test_switching_revisions_there_and_back_has_nothing_to_do(built):
    newest = built.outputs()
    built.params("threshold: 1.0", "threshold: 3.0")
    built.params("drift: [0.0, 0.1, 0.2]", "drift: [0.0, 0.1, 0.2, 0.3]")
    built.edit("params/mean_power.yaml", "power: [1.0, 2.0]", "power: [1.0, 2.0, 3.0]")
    built.snakemake()
    built.record("More")
    changed = built.outputs()
    for revision, wanted in (("main~1", newest), ("main", changed)):
        built.git("checkout", "-q", revision)
        built.dvc("checkout", "--quiet")
        built.assert_built()
        assert built.outputs() == wanted
        assert not built.git("status", "--porcelain")


def test_giving_up_an_edit_that_was_built_has_nothing_to_do(built):
    before = built.outputs()
    built.params("threshold: 1.0", "threshold: 3.0")
    built.snakemake()
    built.git("checkout", "-q", ".")
    built.dvc("checkout", "--force", "--quiet")
    assert built.outputs() == before
    built.assert_built()


def test_a_bucket_edited_by_hand_after_a_pull_is_made_again(built, clone):
    clone.dvc("pull", "--quiet")
    file = clone.root / "data/random_walk/fit/drift/0.nc"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    ran = clone.snakemake()
    assert ran.cells("random_walk", "fit")
    assert not ran.cells("random_walk", "train")
    assert clone.outputs() == built.outputs()


def test_local_state_is_safe_to_lose(built):
    shutil.rmtree(built.root / ".tegum")
    shutil.rmtree(built.root / ".snakemake")
    built.assert_built()


def test_files_without_any_record_are_checked_and_not_trusted(built):
    """A build that was never recorded, whose local state is lost: rows are known by their keys."""
    before = built.outputs()
    for lost in (".tegum", ".snakemake"):
        shutil.rmtree(built.root / lost)
    for study in ("random_walk", "mean_power"):
        (built.root / "data" / study / "provenance.json.gz").unlink()
    built.params("threshold: 1.0", "threshold: 3.0")
    ran = built.snakemake()
    assert not ran.cells("random_walk", "train")
    assert not ran.cells("random_walk", "fit")
    changed = {f for f, content in built.outputs().items() if content != before[f]}
    assert "data/random_walk/measure/length.nc" in changed
