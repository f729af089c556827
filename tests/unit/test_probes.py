"""Probes are compared with controls; scores and intervals with other ways to compute them."""

from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

from tegum.controls.labels import control_task, permute_labels
from tegum.metrics.auroc import auroc
from tegum.probes import probes


def planted(n=600, effect=1.5, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.3
    x = rng.standard_normal((n, 6))
    x[:, 0] += effect * y
    return x, y


def test_weighted_balanced_accuracy_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    scores, y, weights = rng.standard_normal(80), rng.random(80) < 0.4, rng.integers(0, 4, (5, 80))
    for w, found in zip(weights, probes.balanced_accuracy(scores, y, weights), strict=True):
        assert found == pytest.approx(balanced_accuracy_score(y, scores > 0, sample_weight=w))


def test_the_linear_probe_minimises_mean_loss_and_half_the_squared_norm():
    x, y = planted()
    x = (x - x.mean(0)) / x.std(0)
    mine = probes.probe_scores("linear", x, y, x, l2=0.05)
    weights = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), mine, rcond=None)[0][:-1]
    p = LogisticRegression(C=1 / (0.05 * len(x))).fit(x, y).predict_proba(x)[:, 1]
    np.testing.assert_allclose((p - y) @ x / len(x) + 0.05 * weights, 0, atol=2e-4)


@pytest.mark.parametrize("family", probes.FAMILIES)
def test_probes_say_yes_as_often_as_their_labels_and_repeat(family):
    x, y = planted()
    found = probes.probe_scores(family, x, y, x)
    assert abs((found > 0).sum() - y.sum()) <= 1
    assert auroc(found, y) > 0.8
    np.testing.assert_array_equal(found, probes.probe_scores(family, x, y, x))


def test_only_probes_that_are_not_linear_read_a_parity():
    rng = np.random.default_rng(2)
    bits = rng.random((900, 4)) < 0.5
    y = bits[:, 0] ^ bits[:, 1]
    x = bits + 0.1 * rng.standard_normal(bits.shape)
    found = {}
    for family in probes.FAMILIES:
        scores = probes.probe_scores(family, x[:600], y[:600], x[600:])
        found[family] = auroc(scores, y[600:])
    assert found["linear"] < 0.65 and found["quadratic"] > 0.95 and found["mlp"] > 0.95


def selectivity_of(x, y, half, control, draws, n_resamples=500, seed=0):
    controls = np.stack([control(i) for i in range(draws)])
    scores = [probes.probe_scores("linear", x[half], c[half], x[~half]) for c in (y, *controls)]
    return probes.selectivity(
        scores[0], y[~half], scores[1:], controls[:, ~half], n_resamples=n_resamples, seed=seed
    )


def test_random_labels_are_selective_in_at_most_one_of_twenty_draws():
    passed = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x, y, half = rng.standard_normal((160, 4)), rng.random(160) < 0.4, np.arange(160) < 80
        found = selectivity_of(x, y, half, partial(permute_labels, y), 20, 300, seed)
        passed.append(found.low > 0)
    assert np.mean(passed) <= 0.05


def test_a_planted_label_is_selective_also_against_a_task_of_types():
    x, y = planted(effect=2.0)
    half = np.arange(600) < 300
    types = np.random.default_rng(5).integers(40, size=600)
    for control in (partial(permute_labels, y), partial(control_task, types, y.mean())):
        found = selectivity_of(x, y, half, control, 10)
        assert 0.2 < found.low < found.value < found.high < 0.6


def test_a_memorised_type_is_not_selective():
    rng = np.random.default_rng(7)
    types = rng.integers(12, size=800)
    x = np.eye(12)[types] + 0.1 * rng.standard_normal((800, 12))
    y = control_task(types, 0.5, 999)
    half = np.arange(800) < 400
    against_types = selectivity_of(x, y, half, partial(control_task, types, 0.5), 10)
    assert against_types.low <= 0 <= against_types.high
    assert selectivity_of(x, y, half, partial(permute_labels, y), 10).low > 0.2


def test_the_interval_over_samples_covers_as_delong_expects():
    """Without control scores that vary, the spread is that of an AUROC: Hanley and McNeil 1982."""
    rng = np.random.default_rng(8)
    y = np.arange(400) < 200
    scores = rng.standard_normal(400) + y
    found = probes.advantage(scores, y, {"constant": np.zeros(400)}, n_resamples=4000)
    a = found.value + 0.5
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    error = np.sqrt((a * (1 - a) + 199 * (q1 + q2 - 2 * a**2)) / 200**2)
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * error, rel=0.12)


def test_the_advantage_is_over_the_best_control():
    x, y = planted(effect=3.0)
    rng = np.random.default_rng(9)
    weak, strong = rng.standard_normal((2, 600)), 2 * y + rng.standard_normal(600)
    found = probes.advantage(x[:, 0], y, {"weak": weak, "strong": strong}, n_resamples=500)
    only = probes.advantage(x[:, 0], y, {"strong": strong}, n_resamples=500)
    assert found.value == pytest.approx(only.value) and 0 < found.low < found.high < 0.2
    equal = probes.advantage(strong, y, {"same": strong}, n_resamples=500)
    assert equal == (0, 0, 0)


def test_families_are_chosen_by_selectivity_and_not_by_accuracy():
    """On few types an MLP memorises the control task, so the linear probe is more selective."""
    rng = np.random.default_rng(3)
    types = rng.integers(10, size=900)
    corners = rng.standard_normal((10, 3))
    x = corners[types] + 0.05 * rng.standard_normal((900, 3))
    y = corners[types, 0] > 0
    controls = np.stack([control_task(types, y.mean(), i) for i in range(6)])
    family, found = probes.choose_family(x, y, controls, ["mlp", "linear"])
    assert family == "linear" and found["linear"] > found["mlp"] + 0.05


def test_of_families_that_are_as_selective_the_simplest_is_chosen():
    """A parity written on an axis is read by all; an MLP would also compute it from its bits."""
    rng = np.random.default_rng(4)
    bits = rng.random((900, 4)) < 0.5
    y = bits[:, 0] ^ bits[:, 1]
    x = np.column_stack([bits, y]) + 0.1 * rng.standard_normal((900, 5))
    controls = np.stack([permute_labels(y, i) for i in range(5)])
    assert probes.choose_family(x, y, controls)[0] == "linear"
    family, found = probes.choose_family(x[:, :4], y, controls)
    assert family != "linear" and found[family] > found["linear"] + 0.3
