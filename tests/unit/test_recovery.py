"""Recovery and reconstruction metrics: against other packages, brute force and identities."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.metrics import precision_recall_fscore_support, r2_score

from tegum.dictionaries.pursuit import pursue
from tegum.metrics import reconstruction, recovery


@pytest.fixture(scope="module")
def world():
    """Codes, activity and directions of 9 features in 6 dimensions, and a distorted dictionary."""
    rng = np.random.default_rng(0)
    truth = rng.standard_normal((9, 6))
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    active = rng.random((400, 9)) < 0.2
    codes = active * (1 + rng.random((400, 9)))
    x = codes @ truth
    dictionary = truth + 0.4 * rng.standard_normal((9, 6))
    noisy = np.where(rng.random((400, 9)) < 0.1, 1.0, codes)
    return x, codes, active, truth, dictionary, noisy


def test_supports_are_those_of_scikit_learn_for_each_latent_and_its_best_feature(world):
    _, _, active, truth, dictionary, noisy = world
    similarity = recovery.cosines(dictionary, truth)
    best = similarity.argmax(1)
    precision, recall, f1, _ = precision_recall_fscore_support(active[:, best], noisy > 0)
    found = recovery.supports(noisy, active, similarity)
    np.testing.assert_allclose(found.precision, precision, rtol=1e-6)
    np.testing.assert_allclose(found.recall, recall, rtol=1e-6)
    np.testing.assert_allclose(found.f1, f1, rtol=1e-6)
    assert recovery.support_f1(noisy, active, similarity) == pytest.approx(f1.mean())


def test_a_dead_latent_and_a_feature_that_is_never_active_count_as_nothing():
    found = recovery.supports([[0.0, 1.0]], np.zeros((1, 2), bool), np.eye(2))
    for values in (found.precision, found.recall, found.f1):
        np.testing.assert_array_equal(values, 0)
    half = recovery.support_f1([[1.0, 0.0]], np.ones((1, 2), bool), np.eye(2))
    assert half == 0.5, "a dead latent counts in the mean"


def test_unexplained_variance_is_one_less_the_weighted_r2(world):
    x, *_, noisy = world
    rebuilt = noisy @ world[3]
    expected = 1 - r2_score(x, rebuilt, multioutput="variance_weighted")
    assert reconstruction.fvu(x, rebuilt) == pytest.approx(expected)


def test_direction_metrics_by_counting(world):
    similarity = recovery.cosines(world[4], world[3])
    best = [max(similarity[:, feature]) for feature in range(9)]
    assert recovery.mmcs(similarity) == pytest.approx(sum(best) / 9)
    assert recovery.recovered_fraction(similarity) == sum(b >= 0.9 for b in best) / 9
    assert recovery.uniqueness(similarity) == len({int(row.argmax()) for row in similarity}) / 9
    assert recovery.uniqueness(np.array([[0.9, 0.1], [0.8, 0.2]])) == 0.5


def test_the_mean_of_best_cosines_is_at_least_the_matched_one_and_grows_with_latents():
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((12, 8))
    latents = rng.standard_normal((200, 8))
    values = []
    for n in (12, 50, 200):
        similarity = recovery.cosines(latents[:n], truth)
        values.append(recovery.mmcs(similarity))
        assert values[-1] >= recovery.mcc(similarity) - 1e-12
    assert values[0] < values[1] < values[2]


def test_unmatched_features_count_or_are_left_out():
    similarity = recovery.cosines(np.eye(4)[:1], np.eye(4))
    assert recovery.mcc(similarity) == pytest.approx(0.25)
    assert recovery.mcc(similarity, unmatched_count=False) == pytest.approx(1)
    latents, features = recovery.matching(recovery.cosines(np.eye(4)[[2, 0]], np.eye(4)))
    assert list(zip(latents, features, strict=True)) == [(0, 2), (1, 0)]


def test_the_relative_bias_is_what_reconstructions_should_be_divided_by(world):
    x, *_, noisy = world
    rebuilt = 0.7 * noisy @ world[3]
    nearest = minimize_scalar(lambda g: ((x - rebuilt / g) ** 2).sum(), bounds=(0.1, 5))
    assert reconstruction.relative_bias(x, rebuilt) == pytest.approx(nearest.x, rel=1e-4)
    assert reconstruction.relative_bias(x, 0.6 * x) == pytest.approx(0.6)
    assert reconstruction.relative_bias(x, 0 * x) == np.inf


def test_shrinkage_leaves_out_samples_of_zero():
    x = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0]])
    rebuilt = np.array([[1.0, 1.0], [3.0, 0.0], [0.0, 2.0]])
    assert reconstruction.shrinkage(x, rebuilt) == pytest.approx((3 / 5 + 1) / 2)


def test_loss_recovered_is_one_at_the_clean_loss_and_zero_at_the_ablated():
    assert reconstruction.loss_recovered(2.0, 2.0, 5.0) == 1
    assert reconstruction.loss_recovered(2.0, 5.0, 5.0) == 0
    assert reconstruction.loss_recovered(2.0, 3.5, 5.0) == pytest.approx(0.5)


def test_the_oracle_explains_everything(world):
    x, codes, active, truth, *_ = world
    similarity = recovery.cosines(truth, truth)
    assert reconstruction.fvu(x, codes @ truth) == pytest.approx(0, abs=1e-25)
    assert recovery.support_f1(codes, active, similarity) == pytest.approx(1)
    assert recovery.mcc(similarity) == pytest.approx(1)


def test_the_order_of_latents_and_the_scale_of_the_inputs_change_no_metric(world):
    x, _, active, truth, dictionary, noisy = world
    order = np.random.default_rng(2).permutation(9)

    def every(dictionary, codes, scale):
        similarity = recovery.cosines(dictionary, truth)
        rebuilt = scale * codes @ dictionary
        return [
            recovery.mcc(similarity),
            recovery.mmcs(similarity),
            recovery.uniqueness(similarity),
            recovery.support_f1(scale * codes, active, similarity),
            recovery.l0(scale * codes),
            recovery.dead_fraction(codes),
            reconstruction.fvu(scale * x, rebuilt),
            reconstruction.shrinkage(scale * x, rebuilt),
            reconstruction.relative_bias(scale * x, rebuilt),
        ]

    plain = every(dictionary, noisy, 1.0)
    np.testing.assert_allclose(every(dictionary[order], noisy[:, order], 1.0), plain, rtol=1e-6)
    np.testing.assert_allclose(every(dictionary, noisy, 3.0), plain, rtol=1e-6)


def test_pursuit_of_true_orthonormal_directions_finds_the_codes():
    rng = np.random.default_rng(3)
    directions = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    codes = np.zeros((30, 8))
    for row in codes:
        row[rng.choice(8, 3, replace=False)] = 1 + rng.random(3)
    np.testing.assert_allclose(pursue(codes @ directions, directions, 3), codes, atol=1e-10)
    assert pursue(codes[:1] @ directions, directions, 2).shape == (1, 8)


def test_pursuit_leaves_unused_what_only_rounding_left():
    """Activations are float32: after the true features the residual is their rounding."""
    rng = np.random.default_rng(5)
    directions = rng.standard_normal((20, 8))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    codes = np.zeros((40, 20))
    codes[np.arange(40), rng.integers(20, size=40)] = 0.1 + rng.random(40)
    codes[0] = 0.0
    found = pursue((codes @ directions).astype(np.float32), directions, 4)
    np.testing.assert_array_equal(found > 0, codes > 0)
    np.testing.assert_array_equal(found < 0, False)
    np.testing.assert_allclose(found, codes, atol=1e-5)


def test_pursuit_takes_the_nearest_direction_and_fits_all_coefficients_anew():
    rng = np.random.default_rng(4)
    directions = rng.standard_normal((10, 4))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    x = rng.standard_normal((1, 4))
    first = np.abs(directions @ x[0]).argmax()
    left = x[0] - directions[first] * (directions[first] @ x[0])
    second = np.abs(directions @ left).argmax()
    picked = directions[[first, second]]
    expected = np.linalg.lstsq(picked.T, x[0], rcond=None)[0]
    found = pursue(x, directions, 2)[0]
    assert set(np.nonzero(found)[0]) == {first, second}
    np.testing.assert_allclose(found[[first, second]], expected, rtol=1e-8)
