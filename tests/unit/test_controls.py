"""Each control destroys one kind of structure and keeps the others."""

import numpy as np
import pytest

from tegum.controls import activations, weights


@pytest.fixture
def correlated():
    rng = np.random.default_rng(0)
    sparse = rng.exponential(size=(4000, 5)) * (rng.uniform(size=(4000, 5)) < 0.1)
    return (sparse @ rng.standard_normal((5, 5))).astype(np.float32)


def test_permuted_dimensions_keep_marginals_and_lose_covariance(correlated):
    found = activations.permute_dimensions(correlated, 1)
    np.testing.assert_array_equal(np.sort(found, 0), np.sort(correlated, 0))
    before, after = (np.corrcoef(x.T) - np.eye(5) for x in (correlated, found))
    assert np.abs(before).max() > 0.3
    assert np.abs(after).max() < 0.08


def test_the_matched_gaussian_keeps_covariance_and_loses_sparsity(correlated):
    found = activations.matched_gaussian(correlated, 1)
    assert found.shape == correlated.shape and found.dtype == correlated.dtype
    scale = np.abs(np.cov(correlated.T)).max()
    np.testing.assert_allclose(np.cov(found.T), np.cov(correlated.T), atol=0.08 * scale)
    np.testing.assert_allclose(found.mean(0), correlated.mean(0), atol=0.1)

    def kurtosis(x):
        centred = x - x.mean(0)
        return (centred**4).mean(0) / (centred**2).mean(0) ** 2

    assert kurtosis(correlated).min() > 5
    np.testing.assert_allclose(kurtosis(found), 3, atol=0.5)


def test_the_matched_gaussian_stays_in_the_subspace_of_its_data():
    rng = np.random.default_rng(3)
    flat = rng.standard_normal((300, 2)) @ rng.standard_normal((2, 6)) + 1
    found = activations.matched_gaussian(flat, 4)
    assert np.linalg.matrix_rank(found - flat.mean(0), tol=1e-6) == 2


def test_random_directions_keep_norms_and_lose_directions(correlated):
    found = activations.random_directions(correlated[:50], 2)
    norms = np.linalg.norm(correlated[:50], axis=1)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), norms, rtol=1e-5)
    alive = norms > 0
    cosine = (found * correlated[:50]).sum(1)[alive] / norms[alive] ** 2
    assert np.abs(cosine.mean()) < 0.4


def test_untrained_weights_keep_only_the_shape():
    trained = np.full((30, 4), 7.0, np.float32)
    found = weights.untrained(trained, 0)
    assert found.shape == trained.shape and found.dtype == trained.dtype
    assert np.abs(found).max() <= 0.5
    assert found.std() == pytest.approx(0.5 / np.sqrt(3), rel=0.15)


def test_permuted_entries_keep_their_distribution_and_lose_their_arrangement():
    trained = np.outer(np.arange(1.0, 31), np.ones(8))
    found = weights.permute_entries(trained, 0)
    np.testing.assert_array_equal(np.sort(found, None), np.sort(trained, None))
    assert np.linalg.matrix_rank(trained) == 1 < np.linalg.matrix_rank(found)


def test_the_matched_spectrum_keeps_singular_values_and_loses_directions():
    rng = np.random.default_rng(1)
    trained = rng.standard_normal((20, 6)) * np.arange(1, 7)
    found = weights.matched_spectrum(trained, 0)
    values = [np.linalg.svd(w, compute_uv=False) for w in (trained, found)]
    np.testing.assert_allclose(*values)
    top = [np.linalg.svd(w)[2][0] for w in (trained, found)]
    assert abs(top[0] @ top[1]) < 0.95


def test_matched_normal_weights_keep_mean_and_spread():
    trained = np.random.default_rng(2).exponential(size=(200, 200))
    found = weights.matched_normal(trained, 0)
    assert (found.mean(), found.std()) == pytest.approx((trained.mean(), trained.std()), rel=0.03)
    assert (found < 0).any()


@pytest.mark.parametrize(
    "control",
    [
        activations.permute_dimensions,
        activations.matched_gaussian,
        activations.random_directions,
        weights.untrained,
        weights.matched_normal,
        weights.permute_entries,
        weights.matched_spectrum,
    ],
)
def test_controls_repeat_with_their_seed_and_leave_their_argument_alone(control, correlated):
    given = correlated[:60].copy()
    first = control(given, 5)
    np.testing.assert_array_equal(first, control(given, 5))
    assert not np.array_equal(first, control(given, 6))
    np.testing.assert_array_equal(given, correlated[:60])
