"""Vectors that read and vectors that steer, where the activations are known."""

import numpy as np
import pytest

from tegum.experiment.cell import Cell, Context
from tegum.experiment.rooms import load
from tegum.interop.models.places import available
from tegum.ledger.findings import judged
from tegum.metrics.geometry import unit
from tegum.studies.real_steering import fit
from tegum.studies.real_steering.params import Fit
from tegum.studies.real_steering.schema import ADDED, SCHEMAS

SMALL = Fit(model="tiny-causal", layer=0, texts=32, words=16, tokens=12, n_test=8)


def world(count=4000, width=8, overlap=0.6, seed=0):
    """Two labels, whose vectors have a cosine, in small isotropic noise."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (count, 2)).astype(float)
    true = np.zeros((2, width))
    true[0, 0], true[1, :2] = 1.0, (overlap, np.sqrt(1 - overlap**2))
    return labels @ true + 0.05 * rng.standard_normal((count, width)), labels, true


def test_with_fewer_labels_than_dimensions_the_probe_is_not_what_steers():
    x, labels, true = world()
    found = {name: unit(v) for name, v in fit.vectors(x, labels, 1e-6, 0)[1].items()}
    assert list(found) == ADDED
    # The probe of one label is orthogonal to the vector of the other, and so at its cosine's angle
    # to its own; the difference of means is the label's own vector, as is what moves one probe.
    assert found["probe"] @ true[1] == pytest.approx(0.0, abs=0.02)
    assert found["probe"] @ true[0] == pytest.approx(0.8, abs=0.02)
    for name in ("mean difference", "surgical"):
        assert found[name] @ true[0] == pytest.approx(1.0, abs=0.02)
    assert abs(found["shuffled"] @ true[0]) < 0.95


def test_a_vector_that_moves_one_probe_moves_no_other():
    x, labels, _ = world()
    probes, found = fit.vectors(x, labels, 1e-6, 0)
    moved = probes @ found["surgical"]
    np.testing.assert_allclose(moved, [1.0, 0.0], atol=1e-9)


def test_what_is_steered_was_not_fitted_to_and_is_half_of_each_kind():
    label = np.arange(40) % 2
    train, test = fit._halves(label, 12, 3)
    assert not set(train) & set(test) and len(train) + len(test) == 40
    assert label[test].sum() == 6


def test_effects_are_those_of_the_two_answers_and_of_all_others():
    clean = np.zeros((4, 6))
    clean[:, 0] = [-2.0, -1.0, 1.0, 2.0]
    moved = clean.copy()
    moved[:, 0] += 1.5
    found = fit._effect(clean, moved, (0, 1))
    assert found["gain"] == pytest.approx(1.5)
    assert found["flipped"] == pytest.approx(0.5)  # -1 passes the median, 0; -2 does not
    assert found["other_logits"] == pytest.approx(1.5 / 6)  # less the mean over all tokens
    assert fit._effect(clean, clean + 7.0, (0, 1))["kl"] == pytest.approx(0.0)


@pytest.mark.skipif(not available(), reason="needs the extra models")
def test_a_tiny_model_is_steered_by_vectors_of_one_length():
    cells = [Cell("real_steering", "fit", {"seed": s}, SMALL) for s in range(2)]
    found = fit.run(cells, {}, Context(progress=False))
    SCHEMAS["fit"].validate(found)
    assert (found["kl"] > 0).all() and np.isfinite(found["gain"]).all()
    own = [found["cosine"].sel(vector=name, other=name) for name in ADDED]
    np.testing.assert_allclose(own, 1.0, rtol=1e-6)


def test_without_the_extra_rows_say_so_and_claims_are_untested(monkeypatch):
    monkeypatch.setattr(fit, "available", lambda: False)
    cells = [Cell("real_steering", "fit", {"seed": s}, SMALL) for s in range(5)]
    found = fit.run(cells, {}, Context(progress=False))
    assert not found["available"].any() and np.isnan(found["gain"]).all()
    grid = found.rename(cell="seed").assign_coords(seed=range(5)).expand_dims(layer=[14, 24])
    claims = judged("real_steering", "laptop", load("real_steering", "claims"), {"vectors": grid})
    assert len(claims) == 12
    for claim in claims:
        assert claim.verdict == "inconclusive" and "run make .venv/models" in claim.reason
