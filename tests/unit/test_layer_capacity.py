"""Embeddings and marginal returns of a network's layers."""

import numpy as np
import pytest

from tegum.metrics.capacity import capacities
from tegum.metrics.layer_capacity import ReluNetwork, layer_embedding, layer_returns


@pytest.fixture
def network():
    rng = np.random.default_rng(0)
    shapes = [(6, 4), (4, 4), (4, 6)]
    weights = [rng.normal(size=s) / s[0] ** 0.5 for s in shapes]
    return ReluNetwork(weights, [0.1 * rng.normal(size=s[1]) for s in shapes])


def features(samples, seed=1):
    rng = np.random.default_rng(seed)
    return rng.random((samples, 6)) * (rng.random((samples, 6)) < 0.4)


def test_the_first_layer_s_embedding_is_its_weights(network):
    inputs = features(500)
    found = layer_embedding(inputs, network.pre_activations(inputs)[0])
    np.testing.assert_allclose(found, network.weights[0], atol=1e-10)


@pytest.mark.parametrize("layer", [0, 1])
def test_jacobians_are_finite_differences(network, layer):
    inputs = features(40)
    before = network.pre_activations(inputs)
    jacobian = network.jacobians(before, layer)
    rest = ReluNetwork(network.weights[layer + 1 :], network.biases[layer + 1 :])
    for unit in range(4):
        move = 1e-6 * np.eye(4)[unit]
        up, down = (
            rest.pre_activations(np.maximum(before[layer] + s * move, 0.0))[-1] for s in (1, -1)
        )
        np.testing.assert_allclose(jacobian[:, :, unit].T, (up - down) / 2e-6, atol=1e-6)


@pytest.mark.parametrize("layer", [0, 1])
def test_the_return_is_the_loss_that_less_interference_saves(network, layer):
    inputs, values = features(4000), np.linspace(1.0, 0.5, 6)
    embedding, gain = layer_returns(network, inputs, values, layer)
    before = network.pre_activations(inputs)[layer]
    rest = ReluNetwork(network.weights[layer + 1 :], network.biases[layer + 1 :])
    norms = np.linalg.norm(embedding, axis=1)
    capacity, shrink = capacities(embedding), 1e-5
    for i in range(6):
        unit = embedding[i] / norms[i]
        interference = (before - before.mean(0)) @ unit
        interference = interference - norms[i] * (inputs - inputs.mean(0))[:, i]
        moved = [
            rest.pre_activations(np.maximum(before - s * shrink * interference[:, None] * unit, 0))
            for s in (1, -1)
        ]
        less, more = (values[i] * ((m[-1] - inputs)[:, i] ** 2).mean() for m in moved)
        rise = 4.0 * capacity[i] * (1.0 - capacity[i]) * shrink
        assert gain[i] == pytest.approx((more - less) / rise, rel=1e-3, abs=1e-6)


def test_a_tied_linear_layer_has_the_closed_form():
    rng = np.random.default_rng(2)
    weight, values = rng.normal(size=(6, 4)) * 0.5, np.linspace(1.0, 0.5, 6)
    offset = 100.0  # so that no ReLU is ever closed
    network = ReluNetwork([weight, weight.T], [np.full(4, offset), -offset * weight.sum(1)])
    inputs = rng.normal(size=(400_000, 6))
    embedding, gain = layer_returns(network, inputs, values, 0)
    norms, capacity = (weight**2).sum(1), capacities(weight)
    np.testing.assert_allclose(embedding, weight, atol=1e-9)
    np.testing.assert_allclose(gain, values * norms**2 / capacity**2, rtol=0.03)


def test_a_feature_that_is_alone_has_no_return():
    network = ReluNetwork([np.eye(6), np.eye(6)], [np.ones(6), -np.ones(6)])
    _, gain = layer_returns(network, features(200), np.ones(6), 0)
    assert np.isnan(gain).all()
