"""Sweeps of the paper scale that are published: built alone, recorded, pulled, never remade."""

PAPER = ("--config", "scale=paper", "device=cpu", "published=true")
STAGE = "random_walk-paper"


def publish(repository):
    """Choose one sweep, build it, and record it as the documentation says."""
    (repository.root / "params/paper").mkdir()
    repository.write("params/paper/random_walk.yaml", "train: {steps: 70}\n")
    repository.write("params/paper/_published.yaml", "random_walk: [drift]\n")
    repository.tegum("sync")
    ran = repository.run("sh", "workflow/build", "random_walk", "paper")
    repository.dvc("commit", "--force", "--quiet", STAGE)
    repository.record("Published at paper scale")
    return ran


def test_published_sweeps_are_built_alone_and_travel_and_an_edit_does_not_remake_them(built):
    laptop = built.outputs()
    ran = publish(built)
    made = [p.relative_to(built.root).as_posix() for p in (built.root / "data/paper").rglob("*.nc")]
    assert made and all("/drift" in path for path in made), made
    assert ran.steps() == 70 * 6
    after = built.outputs()
    assert {path: after[path] for path in laptop} == laptop
    built.assert_built(*PAPER)
    built.assert_recorded()

    clone = built.clone()
    clone.dvc("pull", "--quiet")
    assert clone.outputs() == after
    clone.assert_built()
    clone.assert_built(*PAPER)
    assert "random_walk" in clone.tegum("claims", "random_walk", "--scale", "paper").text
    assert "all as dvc.lock records" in clone.tegum("verify").text

    clone.params("steps: 50", "steps: 60")
    assert not [e for e in clone.record("Longer walks").executed if "paper" in str(e)]
    assert {p: b for p, b in clone.outputs().items() if "/paper/" in p} == {
        p: b for p, b in after.items() if "/paper/" in p
    }


def test_a_list_that_names_what_there_is_not_is_refused(built):
    (built.root / "params/paper").mkdir()
    for text, said in (
        ("random_walk: [lenght]\n", "random_walk has no sweep 'lenght' at paper scale"),
        ("random_walk: length\n", "random_walk: expected a list of sweeps"),
        ("mean_power: [moments]\n", "mean_power reads random_walk/drift; add that sweep"),
    ):
        built.write("params/paper/_published.yaml", text)
        ran = built.snakemake("-n", *PAPER, fails=True)
        assert f"error: params/paper/_published.yaml: {said}" in ran.text
        assert "Traceback" not in ran.text
