"""Each control destroys one kind of structure and keeps the others."""

import numpy as np
import pytest

from tegum.controls import activations, inputs, interventions, labels, weights
from tegum.errors import TegumError


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
        labels.permute_labels,
        inputs.shuffle_tokens,
        inputs.markov_tokens,
    ],
)
def test_controls_repeat_with_their_seed_and_leave_their_argument_alone(control, correlated):
    given = correlated[:60].copy()
    first = control(given, 5)
    np.testing.assert_array_equal(first, control(given, 5))
    assert not np.array_equal(first, control(given, 6))
    np.testing.assert_array_equal(given, correlated[:60])


def codes_and_decoder():
    rng = np.random.default_rng(4)
    together = rng.uniform(size=(3000, 1)) < 0.2
    codes = rng.exponential(size=(3000, 6)) * together
    return codes, rng.standard_normal((6, 4)), np.arange(4.0)


def test_permuted_latents_keep_each_latent_and_lose_coactivation():
    codes, decoder, bias = codes_and_decoder()
    found = (activations.permuted_latents(codes, np.eye(6), np.zeros(6), 0) > 0).astype(float)
    fires = (codes > 0).astype(float)
    np.testing.assert_array_equal(found.sum(0), fires.sum(0))
    assert np.corrcoef(fires.T).min() > 0.99
    assert np.abs(np.corrcoef(found.T) - np.eye(6)).max() < 0.1
    decoded = activations.permuted_latents(codes, decoder, bias, 0)
    np.testing.assert_allclose(decoded.mean(0), codes.mean(0) @ decoder + bias)


def test_a_random_decoder_keeps_the_codes_and_loses_the_directions():
    codes, decoder, bias = codes_and_decoder()
    found = activations.random_decoder(codes, decoder, bias, 0) - bias
    drawn = activations.random_directions(decoder, 0)
    np.testing.assert_allclose(found, codes @ drawn)
    lost = np.abs(np.linalg.norm(found, axis=1) - np.linalg.norm(codes @ decoder, axis=1))
    assert lost.max() > 1


def test_permuted_labels_keep_rows_and_lose_their_samples():
    given = np.stack([np.arange(1000), np.arange(1000) % 2], 1)
    found = labels.permute_labels(given, 0)
    np.testing.assert_array_equal(found[found[:, 0].argsort()], given)
    assert abs(np.corrcoef(found[:, 0], given[:, 0])[0, 1]) < 0.1


def test_types_number_distinct_inputs():
    bits = np.array([[0, 1], [1, 1], [0, 1], [0, 0]])
    found = labels.input_types(bits)
    assert found[0] == found[2] and len(np.unique(found)) == 3


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("n_types", "base_rate"), [(64, 0.25), (64, 0.5), (2000, 0.05)])
def test_a_control_task_keeps_types_and_base_rate_and_loses_the_rest(n_types, base_rate, seed):
    types = np.random.default_rng(9).integers(n_types, size=5000)
    found = labels.control_task(types, base_rate, seed)
    assert abs(found.sum() - base_rate * 5000) <= 1
    per_type = np.array([found[types == t].mean() for t in np.unique(types)])
    assert set(per_type) == {0.0, 1.0}
    low = np.arange(n_types)[np.unique(types)] < n_types / 2
    assert abs(per_type[low].mean() - per_type[~low].mean()) < 0.4


def test_the_table_of_a_control_task_is_a_coin_per_type():
    types = np.repeat(np.arange(200), 5)
    drawn = np.array([labels.control_task(types, 0.3, s)[::5] for s in range(300)])
    np.testing.assert_allclose(drawn.mean(0), 0.3, atol=0.12)
    assert drawn.mean() == pytest.approx(0.3, abs=0.002)


def test_a_base_rate_that_the_types_cannot_give_is_refused():
    with pytest.raises(TegumError, match=r"2 types of 200 samples .* 60 of them"):
        labels.control_task(np.repeat([0, 1], 100), 0.3, 0)


def corpus():
    """A token decides the next, but for the last, which repeats the third from the end."""
    rng = np.random.default_rng(6)
    tokens = np.empty((4000, 6), np.int64)
    tokens[:, 0] = rng.integers(2, size=4000)
    for t in range(1, 4):
        stay = rng.uniform(size=4000) < 0.8
        tokens[:, t] = np.where(stay, tokens[:, t - 1], 1 - tokens[:, t - 1])
    tokens[:, 4] = rng.integers(2, 4, size=4000)
    tokens[:, 5] = 4 + tokens[:, 3]
    return tokens


def test_shuffled_tokens_keep_counts_and_lose_order():
    tokens = corpus()
    found = inputs.shuffle_tokens(tokens, 0)
    np.testing.assert_array_equal(np.bincount(found.ravel()), np.bincount(tokens.ravel()))
    assert np.abs(np.corrcoef(found.T) - np.eye(6)).max() < 0.07


def test_uniform_tokens_keep_the_shape_and_lose_frequencies():
    found = inputs.uniform_tokens(corpus(), 10, 0)
    assert found.shape == (4000, 6)
    np.testing.assert_allclose(np.bincount(found.ravel()) / found.size, 0.1, atol=0.01)


def next_token(tokens):
    """Shares of the tokens that follow each of the first four: (4, 6)."""
    before, after = tokens[:, :-1].ravel(), tokens[:, 1:].ravel()
    return np.array([np.bincount(after[before == t], minlength=6) for t in range(4)]) / [
        [np.count_nonzero(before == t)] for t in range(4)
    ]


def test_markov_tokens_keep_pairs_and_lose_longer_memory():
    tokens = corpus()
    found = inputs.markov_tokens(tokens, 0)
    np.testing.assert_allclose(*[next_token(t) for t in (tokens, found)], atol=0.03)
    assert found[:, 0].mean() == pytest.approx(tokens[:, 0].mean(), abs=0.03)
    assert (tokens[:, 5] - 4 == tokens[:, 3]).all()
    third = (found[:, :-2] < 2) & (found[:, 2:] > 3)
    assert (found[:, 2:] - 4 == found[:, :-2])[third].mean() == pytest.approx(0.5, abs=0.1)


def test_markov_tokens_go_on_after_a_token_that_nothing_follows():
    tokens = np.tile([0, 1, 2], (500, 1))
    found = inputs.markov_tokens(np.vstack([tokens, [[2, 0, 1]]])[:500], 0)
    np.testing.assert_array_equal(found, tokens)
    ends = np.column_stack([np.zeros(50, int), np.ones(50, int)])
    assert set(inputs.markov_tokens(np.vstack([ends, [[1, 0]]])[:, ::-1], 3).ravel()) == {0, 1}


def test_a_control_of_a_model_keeps_what_is_named_and_draws_the_rest_alike():
    rng = np.random.default_rng(3)
    model = {
        "embedding": rng.standard_normal((30, 8)),
        "heads": rng.standard_normal((4, 8, 8)),
        "bias": np.arange(8.0),
    }
    found = weights.control_weights(model, weights.matched_spectrum, 0)
    kept = weights.control_weights(model, weights.matched_spectrum, 0, keep=["embedding"])
    assert list(found) == list(model)
    np.testing.assert_array_equal(kept["embedding"], model["embedding"])
    np.testing.assert_array_equal(kept["heads"], found["heads"])
    np.testing.assert_array_equal(found["bias"], model["bias"])
    for before, after in zip(model["heads"], found["heads"], strict=True):
        spectra = [np.linalg.svd(w, compute_uv=False) for w in (before, after)]
        np.testing.assert_allclose(*spectra)
    assert not np.allclose(found["heads"][0], found["heads"][1])
    mixed = weights.control_weights(model, weights.permute_entries, 0, permute_vectors=True)
    assert sorted(mixed["bias"]) == list(model["bias"]) != list(mixed["bias"])
    with pytest.raises(TegumError, match="no weights unembedding to keep; there are embedding"):
        weights.control_weights(model, weights.untrained, 0, keep=["unembedding"])


def test_random_directions_have_the_norm_and_the_covariance_asked_for():
    spread = np.array([10.0, 1.0, 0.1])
    x = np.random.default_rng(0).standard_normal((5000, 3)) * spread + 7
    vector = np.array([0.0, 3.0, 4.0])
    for found in (
        interventions.equal_norm(vector, 2000, 1),
        interventions.equal_covariance(vector, x, 2000, 1),
    ):
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 5.0)
        assert np.abs(found.mean(0)).max() < 0.3
    isotropic = interventions.equal_norm(vector, 2000, 1)
    np.testing.assert_allclose((isotropic**2).mean(0), 25 / 3, rtol=0.06)
    likely = interventions.equal_covariance(vector, x, 2000, 1)
    assert (likely[:, 0] ** 2).mean() > 22 and (likely[:, 2] ** 2).mean() < 0.1


def test_the_matched_latent_fires_as_often_and_is_as_large():
    rates, norms = np.array([0.1, 0.1, 0.4, 0.1, 0.0]), np.array([1.0, 3.0, 1.0, 1.1, 1.0])
    codes = (np.arange(1000)[:, None] % 10) < rates * 10
    decoder = norms[:, None] * np.eye(5)
    np.testing.assert_array_equal(interventions.matched_latents(codes, decoder, 0, 3), [3, 1, 2])
    with pytest.raises(TegumError, match=r"latent 4 has no .* 4 of 5 fire, itself 0.00%"):
        interventions.matched_latents(codes, decoder, 4)
