"""`tegum.open`, `claims` and `compare` on repositories elsewhere, of which nothing was pulled."""

import pytest

import tegum


@pytest.fixture
def clone_of_two(built):
    """A fresh clone of two versions; in the second more drifts and another threshold."""
    built.params("drift: [0.0, 0.1, 0.2]", "drift: [0.0, 0.2, 0.3]")
    built.record("Other drifts")
    return built.clone()


def test_results_are_opened_from_a_path_or_a_url_without_a_checkout(
    clone_of_two, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(tegum.TegumError, match="is in no tegum project; give repo="):
        tegum.open("random_walk")
    root = clone_of_two.root
    monkeypatch.setattr("os.environ", clone_of_two.environment())
    by_path = tegum.open("random_walk", repo=root)
    assert set(by_path.children) == {"drift", "length"}
    drifts = by_path["drift"]["drift"].values.tolist()
    assert drifts == [0.0, 0.2, 0.3]
    before = tegum.open("random_walk", "drift", repo=root, rev="HEAD~1")
    assert before["drift"].values.tolist() == [0.0, 0.1, 0.2]
    by_url = tegum.open("random_walk", "drift", repo=f"file://{root}")
    assert by_url.identical(by_path["drift"].to_dataset())
    rows = tegum.open("random_walk", "drift", stage="train", repo=root)
    assert (rows.sizes["drift"], rows.sizes["seed"]) == (3, 2)
    assert not (root / "data" / "random_walk").exists()
    assert tegum.claims("random_walk", repo=root).index.str.startswith("random_walk.").all()


def test_two_versions_are_compared_and_laid_side_by_side(clone_of_two, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.environ", clone_of_two.environment())
    found = tegum.compare("random_walk", "HEAD~1", "HEAD", repo=clone_of_two.root)
    assert not found.equal
    assert "drift" in repr(found) and "<table>" in found._repr_html_()
    both = found.to_dataset("drift")
    assert both.sizes["version"] == 2 and both["drift"].values.tolist() == [0.0, 0.2]
    with pytest.raises(tegum.TegumError, match="sweep is 'drfit'; both versions have"):
        found.to_dataset("drfit")
