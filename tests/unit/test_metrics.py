"""Metrics against brute force, simulation and closed forms."""

import itertools

import numpy as np
import pytest
import xarray as xr

from tegum.metrics import monosemanticity as metric
from tegum.metrics import recovery


def test_a_neuron_that_answers_to_one_feature_is_monosemantic_and_a_silent_one_is_not():
    responses = np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.05, 0.0]])
    array = xr.DataArray(responses, dims=("hidden", "feature"))
    r = metric.selectivity(array.max("feature"), array.sum("feature"))
    np.testing.assert_allclose(r, [1, 0.5, 0, 1 / 1.05], rtol=1e-8)
    mono = metric.monosemantic(r, [0.9, 0.99])
    assert mono.sum("hidden").values.tolist() == [2, 1]


def test_two_neurons_for_one_feature_are_covered_once():
    r = xr.DataArray([1.0, 1.0, 1.0, 0.4], dims="hidden")
    feature = xr.DataArray([2.0, 2.0, 0.0, 1.0], dims="hidden")
    covered = metric.coverage(metric.monosemantic(r, [0.9]), feature, 3)
    assert covered.values.tolist() == [2]


def test_padded_neurons_are_neither_monosemantic_nor_covered():
    r = xr.DataArray([1.0, np.nan], dims="hidden")
    feature = xr.DataArray([0.0, np.nan], dims="hidden")
    mono = metric.monosemantic(r, [0.9])
    assert mono.sum("hidden").values.tolist() == [1]
    assert metric.coverage(mono, feature, 2).values.tolist() == [1]


@pytest.mark.parametrize("task", ["decoder", "absolute_value"])
def test_moments_agree_with_quadrature_and_with_simulation(task):
    p = np.array([0.03, 0.4, 1.0])
    exact = np.array(metric.feature_moments(p, task))
    np.testing.assert_allclose(np.array(metric.quadrature_moments(p, task)), exact, atol=1e-12)
    rng = np.random.default_rng(0)

    def draw(q):
        return rng.uniform(size=(400_000, 3)) * (rng.uniform(size=(400_000, 3)) < q)

    feature = draw(p) if task == "decoder" else draw(p / 2) - draw(p / 2)
    target = np.abs(feature)
    joint = np.mean(feature * target, 0) - feature.mean(0) * target.mean(0)
    simulated = [target.mean(0), target.var(0), feature.var(0), joint]
    np.testing.assert_allclose(simulated, exact, atol=3e-3)


def test_the_best_affine_decoder_agrees_with_least_squares_and_beats_a_constant_by_d_over_n():
    rng = np.random.default_rng(1)
    p, embedding = np.full(12, 0.1), rng.standard_normal((4, 12))
    losses = metric.reference_losses(p, embedding)
    assert losses["linear"] == pytest.approx(losses["null"] * (1 - 4 / 12))
    assert losses["linear"] < losses["null"] < losses["zero"] == pytest.approx(12 * 0.1 / 3)
    uneven = rng.uniform(0.01, 0.5, 12)
    fitted = metric.fitted_linear_loss(uneven, embedding)
    assert metric.reference_losses(uneven, embedding)["linear"] == pytest.approx(fitted, rel=1e-10)
    features = rng.uniform(size=(200_000, 12)) * (rng.uniform(size=(200_000, 12)) < uneven)
    inputs = np.column_stack([features @ embedding.T, np.ones(len(features))])
    residual = features - inputs @ np.linalg.lstsq(inputs, features, rcond=None)[0]
    assert (residual**2).sum(1).mean() == pytest.approx(fitted, rel=0.02)


def test_absolute_values_have_no_linear_decoder():
    losses = metric.reference_losses(np.full(6, 0.2), np.eye(6), "absolute_value")
    assert losses["linear"] == pytest.approx(losses["null"])


def test_interference_at_the_published_size_is_a_fifth():
    assert metric.interference(512, 64, 1 / 64) == pytest.approx(0.204, abs=5e-4)


def test_the_spectrum_of_a_subset_is_that_of_its_product():
    rng = np.random.default_rng(2)
    decoder, encoder = rng.standard_normal((5, 7)), rng.standard_normal((7, 3))
    embedding, mask = rng.standard_normal((3, 5)), np.arange(7) < 4
    values, share = metric.linear_map_spectrum(decoder, encoder, embedding, mask)
    product = sum(np.outer(decoder[:, j], encoder[j] @ embedding) for j in range(4))
    np.testing.assert_allclose((values**2).sum(), (product**2).sum())
    assert share == pytest.approx(np.trace(product) / 5)
    assert metric.effective_rank([2, 2, 2, 0]) == pytest.approx(3)
    assert metric.effective_rank([0, 0]) == 0


def test_noise_moves_an_active_neuron_and_spares_one_below_its_threshold():
    rng = np.random.default_rng(3)
    inputs, noise = np.ones((500, 1)), 0.1 * rng.standard_normal((500, 1))
    change = metric.noise_response(
        [[1.0], [1.0], [1.0]], [0.0, -5.0, 0.0], inputs, noise, [2.0, 1.0, 0.0]
    )
    assert change[0] == pytest.approx(np.abs(noise).mean() / 2)
    assert change[1] == 0
    assert np.isnan(change[2])


def test_a_perfect_dictionary_in_any_order_and_sign_recovers_everything():
    rng = np.random.default_rng(4)
    truth = rng.standard_normal((6, 8))
    dictionary = -3 * truth[rng.permutation(6)]
    similarity = recovery.cosines(dictionary, truth)
    assert recovery.mcc(similarity) == pytest.approx(1)
    np.testing.assert_allclose(similarity.max(0), 1)


def test_the_matching_is_the_best_of_all_permutations():
    rng = np.random.default_rng(5)
    dictionary, truth = rng.standard_normal((5, 3)), rng.standard_normal((5, 3))
    similarity = recovery.cosines(dictionary, truth)
    best = max(
        similarity[list(order), range(5)].mean() for order in itertools.permutations(range(5))
    )
    assert recovery.mcc(similarity) == pytest.approx(best)
    assert similarity.max(0).mean() >= best


def test_counts_of_active_and_dead_latents():
    codes = np.array([[1.0, 0.0, 0.0], [2.0, 1.0, 0.0]])
    assert recovery.l0(codes) == 1.5
    assert recovery.dead_fraction(codes) == pytest.approx(1 / 3)
