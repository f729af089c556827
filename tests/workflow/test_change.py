"""P3: an edit recomputes the cells that it affects and what hangs on them, and nothing else."""

import pytest

DRIFT = "drift: [0.0, 0.1, 0.2]"
SEEDS = (0, 1)


def cells(*drifts):
    return sorted(({"drift": d, "seed": s} for d in drifts for s in SEEDS), key=repr)


def test_an_edit_before_the_first_build_in_a_clone_computes_its_cells_only(clone):
    clone.dvc("pull", "--quiet")
    clone.params(DRIFT, "drift: [0.0, 0.4, 0.2]")
    ran = clone.snakemake()
    assert ran.cells("random_walk", "train") == cells(0.4)
    assert ran.cells("random_walk", "fit") == cells(0.4)
    assert ran.rows("random_walk", "train")[0] == len(cells(0.4))
    assert ran.steps() == 50 * len(cells(0.4))
    assert "random_walk/train/length/steps20-0.json" not in ran.logged
    assert "random_walk/measure/length.json" not in ran.logged


def test_an_edit_taken_back_computes_nothing(clone):
    clone.dvc("pull", "--quiet")
    before = clone.outputs()
    clone.params("steps: 50", "steps: 60")
    there = clone.snakemake()
    assert there.cells("random_walk", "train") == cells(0.0, 0.1, 0.2)
    assert there.steps() == 60 * 6
    clone.params("steps: 60", "steps: 50")
    back = clone.snakemake()
    assert back.rows("random_walk", "train") == (0, 6)
    assert not back.cells("random_walk", "train")
    assert not back.cells("random_walk", "fit")
    assert not back.cells("mean_power", "fit")
    assert clone.outputs() == before
    clone.assert_recorded()


def test_order_comments_and_docstrings_compute_nothing(built):
    built.write(
        "params/random_walk.yaml",
        "# Other words.\n"
        "sweeps:\n"
        "  length: {stages: [train], axes: {seed: [0, 1], steps: [20, 40]}}\n"
        "  drift:\n"
        "    buckets: 2\n"
        "    axes:\n"
        "      seed: [0, 1]\n"
        "      drift: [0, 0.10, 2.0e-1]  # equal numbers\n"
        "measure: {threshold: 1}\n"
        "fit: {degree: 1}\n"
        "train: {steps: 50}\n"
        "question: How far does a random walk get?\n"
        "title: Random walks\n",
    )
    steps = "src/tegum/studies/random_walk/steps.py"
    built.edit(steps, '"""One walk."""', '"""One walk, said otherwise."""\n    # A comment.')
    built.edit(steps, "(seed, drift, steps)", "(\n    seed, drift,\n    steps\n)")
    built.assert_built()


def test_an_edit_in_an_imported_module_reruns_what_imports_it_and_what_hangs_on_it(built):
    built.edit("src/tegum/studies/random_walk/steps.py", "normal(drift, 1.0,", "normal(drift, 2.0,")
    ran = built.snakemake()
    assert ran.rows("random_walk", "train") == (10, 0)
    assert ran.rows("random_walk", "fit") == (6, 0)
    assert ran.rows("mean_power", "fit") == (2, 0)
    assert len(ran.cells("random_walk", "train")) == 10
    assert {s for _, s in ran.stages} == {"train", "fit", "measure", "claims"}


def test_an_edit_in_one_study_leaves_the_others_alone(built):
    fit = "src/tegum/studies/mean_power/fit.py"
    built.edit(fit, ".mean(0)", ".mean(axis=0)")
    ran = built.snakemake()
    assert {study for study, _ in ran.stages} == {"mean_power"}
    built.edit("src/tegum/studies/random_walk/fit.py", "polyfit(", "polyfit(1.0 * ")
    ran = built.snakemake()
    assert {study for study, _ in ran.stages} == {"random_walk"}
    assert not ran.cells("random_walk", "train")


@pytest.mark.parametrize("kind", ["code", "parameter"])
def test_an_edit_to_a_metric_trains_nothing(built, kind):
    if kind == "code":
        path = "src/tegum/studies/random_walk/measure.py"
        built.edit(path, "> sweep.params.threshold", ">= sweep.params.threshold")
    else:
        built.params("threshold: 1.0", "threshold: 2.5")
    ran = built.snakemake()
    logged = set(ran.logged)
    rows = {k for k in logged if "/train/" in k or "/fit/" in k}
    assert not rows
    assert {"random_walk/measure/drift.json", "random_walk/measure/length.json"} <= logged
    assert not {k for k in logged if k.startswith("mean_power")}


def test_another_axis_value_computes_the_new_cells_only(built):
    built.params(DRIFT, "drift: [0.05, 0.0, 0.1, 0.2]")
    ran = built.snakemake()
    assert ran.cells("random_walk", "train") == cells(0.05)
    assert ran.rows("random_walk", "train") == (2, 6)
    assert ran.cells("random_walk", "fit") == cells(0.05)
    assert not ran.cells("mean_power", "fit"), "it does not select the new value"


def test_another_value_of_a_shape_leaves_the_other_buckets_alone(built):
    built.params("steps: [20, 40]", "steps: [20, 30, 40]")
    ran = built.snakemake()
    assert [c["steps"] for c in ran.cells("random_walk", "train")] == [30, 30]
    assert [k for k in ran.logged if "/train/" in k] == ["random_walk/train/length/steps30-0.json"]


def test_more_buckets_move_rows_and_compute_none(built):
    built.params("buckets: 2", "buckets: 5")
    ran = built.snakemake()
    assert not ran.cells("random_walk", "train")
    assert ran.rows("random_walk", "train") == (0, 6)


def test_rows_of_two_sweeps_are_computed_once_though_both_could_run_at_a_time(built):
    twin = "  twin:\n    axes: {drift: [0.0, 0.1, 0.2], seed: [0, 1]}\n    buckets: 2\n  length:\n"
    built.params("  length:\n", twin)
    built.params("steps: 50", "steps: 70")
    run = built.snakemake("--cores", "4")
    assert run.rows("random_walk", "train") == (6, 6)


def test_a_scale_has_files_of_its_own(built):
    before = built.outputs()
    (built.root / "params" / "smoke").mkdir()
    built.write("params/smoke/random_walk.yaml", "train: {steps: 5}\n")
    ran = built.snakemake("data/smoke/random_walk/measure/drift.nc", "--config", "scale=smoke")
    assert ran.steps() == 5 * 6
    after = built.outputs()
    assert {f: after[f] for f in before} == before
