"""Worlds of known features: laws of firing, dependence, magnitudes; streams of them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tegum.synthetic.known_features import DRAWN_TOGETHER, KnownFeatures, World

SAMPLES = 40000
TOLERANCE = 0.01


def world(count=12, size=5, **fields):
    rng = np.random.default_rng(0)
    plain = World(
        directions=rng.standard_normal((count, size)).astype(np.float32),
        probability=np.full(count, 0.2),
        parent=np.full(count, -1),
        loading=np.zeros((count, 0)),
        gate=np.full(count, -1),
    )
    return replace(plain, **fields)


def test_independent_features_fire_with_their_probability_and_magnitude():
    found = world(probability=np.linspace(0.02, 0.5, 12)).features(1, SAMPLES)
    np.testing.assert_allclose((found > 0).mean(0), np.linspace(0.02, 0.5, 12), atol=TOLERANCE)
    correlation = np.corrcoef((found > 0).T)
    assert np.abs(correlation - np.eye(12)).max() < 0.03
    assert found[found > 0].mean() == pytest.approx(1, abs=0.01)
    assert found[found > 0].std() == pytest.approx(0.25, abs=0.01)
    assert found[found > 0].min() >= 0.05
    uniform = world(magnitudes="uniform").features(1, SAMPLES)
    assert np.quantile(uniform[uniform > 0], [0, 0.5, 1]) == pytest.approx([0, 0.5, 1], abs=0.01)


def test_a_common_factor_correlates_the_gaussian_field_and_keeps_the_marginals():
    loading = np.zeros((12, 2))
    loading[:2, 0] = 0.9
    found = world(loading=loading).features(2, SAMPLES) > 0
    np.testing.assert_allclose(found.mean(0), 0.2, atol=TOLERANCE)
    from scipy.stats import multivariate_normal, norm

    threshold = norm.ppf(0.2)
    both = multivariate_normal(cov=[[1, 0.81], [0.81, 1]]).cdf([threshold] * 2)
    assert (found[:, 0] & found[:, 1]).mean() == pytest.approx(both, abs=TOLERANCE)
    assert (found[:, 2] & found[:, 3]).mean() == pytest.approx(0.04, abs=TOLERANCE)


def test_children_fire_within_their_parent_one_at_a_time_and_scaled_by_it():
    parent = np.array([-1, -1, 0, 0, 0, 3, 3])
    probability = np.array([0.5, 0.3, 0.4, 0.3, 0.2, 0.5, 0.25])
    tree = world(7, parent=parent, probability=probability, loading=np.zeros((7, 1)))
    found = tree.features(3, SAMPLES)
    fires = found > 0
    expected = [0.5, 0.3, 0.2, 0.15, 0.1, 0.075, 0.0375]
    np.testing.assert_allclose(tree.marginal(), expected)
    np.testing.assert_allclose(fires.mean(0), expected, atol=TOLERANCE)
    for child in range(2, 7):
        assert not (fires[:, child] & ~fires[:, parent[child]]).any()
    assert fires[:, 2:5].sum(1).max() == 1 and fires[:, 5:].sum(1).max() == 1
    ratio = found[fires[:, 2], 2] / found[fires[:, 2], 0]
    assert ratio.std() == pytest.approx(0.25, abs=0.01)
    assert abs(np.corrcoef(ratio, found[fires[:, 2], 0])[0, 1]) < 0.05


def test_a_gate_opens_all_its_features_at_once():
    gate = np.repeat([0, 1, -1], 4)
    gated = world(gate=gate, gate_probability=0.3, probability=np.full(12, 0.5))
    fires = gated.features(4, SAMPLES) > 0
    np.testing.assert_allclose(fires.mean(0), gated.marginal(), atol=TOLERANCE)
    np.testing.assert_allclose(gated.marginal(), np.repeat([0.15, 0.15, 0.5], 4))
    together = (fires[:, 0] & fires[:, 1]).mean()
    assert together == pytest.approx(0.3 * 0.25, abs=TOLERANCE)
    assert (fires[:, 0] & fires[:, 4]).mean() == pytest.approx(0.15**2, abs=TOLERANCE)


def test_activations_are_sums_of_directions():
    one = world()
    features = one.features(5, 6)
    expected = sum(f[:, None] * d for f, d in zip(features.T, one.directions, strict=True))
    np.testing.assert_allclose(one.activations(features).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_a_stream_draws_its_world_s_features_a_few_batches_at_a_time():
    first, second = world(), world(probability=np.full(12, 0.4))
    stream = KnownFeatures([first, second], [7, 7], 16)
    (batch,) = stream.batch(3)
    assert batch.shape == (2, 16, 5)
    together = DRAWN_TOGETHER // (16 * 12)
    drawn = first.activations(first.features(7, 16 * together, 0))
    torch.testing.assert_close(batch[0], drawn[48:64])
    later = first.activations(first.features(7, 16 * together, 1))
    torch.testing.assert_close(stream.batch(together + 1)[0][0], later[16:32])
    assert not torch.equal(batch[0], batch[1])
