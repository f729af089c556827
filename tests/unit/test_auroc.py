"""Areas under ROC curves are compared with those of scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tegum.metrics.auroc import auroc, weighted_auroc


@pytest.fixture
def drawn():
    """Scores (sample, score) with ties, and labels (sample, label)."""
    rng = np.random.default_rng(1)
    labels = rng.random((80, 2)) < 0.4
    return rng.standard_normal((80, 3)).round(1) + labels[:, :1], labels


def test_every_score_is_judged_for_every_label(drawn):
    scores, labels = drawn
    expected = [[roc_auc_score(y, s) for y in labels.T] for s in scores.T]
    np.testing.assert_allclose(auroc(scores, labels), expected)
    np.testing.assert_array_equal(auroc(scores, labels[:, 0]), auroc(scores, labels)[:, 0])
    assert auroc(scores[:, 1], labels[:, 1]) == auroc(scores, labels)[1, 1]


def test_samples_can_be_weighted(drawn):
    scores, y = drawn[0][:, 0], drawn[1][:, 0]
    weights = np.random.default_rng(2).integers(0, 4, (5, 80))
    for w, found in zip(weights, weighted_auroc(scores, y, weights), strict=True):
        assert found == pytest.approx(roc_auc_score(y, scores, sample_weight=w))
    assert weighted_auroc(scores, y, np.ones((1, 80))) == auroc(scores, y)


def test_one_class_alone_has_no_area(drawn):
    scores, y = drawn[0][:, 0], drawn[1][:, 0]
    for same in (np.ones(80, bool), np.zeros(80, bool)):
        assert np.isnan(auroc(scores, same))
    assert np.isnan(weighted_auroc(scores, y, [~y])).all()
