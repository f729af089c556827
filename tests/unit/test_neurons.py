"""Models with hidden ReLU neurons, their sparse inputs, and what their neurons are found to do."""

import itertools

import numpy as np
import pytest
import torch

from tegum.controls.weights import permute_pairs
from tegum.errors import TegumError
from tegum.metrics import neurons as metric
from tegum.models.hidden_relu import HiddenReLU
from tegum.synthetic.signed import SignedStream
from tegum.training.loop import Loop
from tegum.training.plan import Plan

N = 3
EXACT_ENCODER = np.concatenate([np.eye(N), -np.eye(N)])
EXACT_DECODER = np.concatenate([np.eye(N), np.eye(N)], axis=1)
"""|x| = ReLU(x) + ReLU(-x): two neurons per feature."""


def stream(p=0.3, seeds=(5, 6), features=4, batch=64, **options):
    probabilities = np.full((len(seeds), features), p)
    return SignedStream(seeds=seeds, probabilities=probabilities, batch=batch, **options)


def model(seeds=range(8), width=6, features=N, **options):
    importance = np.tile(0.8 ** np.arange(features), (len(seeds), 1))
    return HiddenReLU(width=width, importance=importance, initial_scale=0.3, seeds=seeds, **options)


def with_weights(encoder, decoder=None):
    """A model of one cell and one restart with these weights and no bias."""
    width, features = encoder.shape
    found = HiddenReLU(
        width=width,
        importance=np.ones((1, features)),
        initial_scale=0.1,
        seeds=[0],
        tied=decoder is None,
    )
    with torch.no_grad():
        found.encoder[:] = torch.from_numpy(encoder)
        if decoder is not None:
            found.decoder[:] = torch.from_numpy(decoder)
    return found


# -- inputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.07, 1.0])
def test_features_are_gated_uniform_numbers_of_both_signs(p):
    samples = 200_000
    x = stream(p, batch=samples).batch(0)[0][0].double().numpy()
    active = (x != 0).mean(0)
    assert np.all(np.abs(active - p) < 4.5 * np.sqrt(p * (1 - p) / samples) + 1e-9)
    assert np.all(np.abs(x.mean(0)) < 5 * np.sqrt(p / 3 / samples))
    quantiles = np.quantile(x[x != 0], [0.1, 0.3, 0.5, 0.7, 0.9])
    np.testing.assert_allclose(quantiles, [-0.8, -0.4, 0, 0.4, 0.8], atol=0.02)
    assert np.abs(np.corrcoef(x.T) - np.eye(4)).max() < 0.01


def test_cells_of_one_seed_share_their_draws_whatever_their_probability():
    probabilities = np.array([[0.5] * 4, [0.1] * 4])
    (x,) = SignedStream(seeds=[5, 5], probabilities=probabilities, batch=64).batch(3)
    assert torch.all((x[1] != 0) <= (x[0] != 0))


def test_probabilities_of_another_shape_or_outside_their_range_are_refused():
    with pytest.raises(TegumError, match="2 cells"):
        SignedStream(seeds=[1, 2], probabilities=np.ones((3, 4)), batch=8)
    with pytest.raises(TegumError, match="outside"):
        stream(p=0.0)


# -- models ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [False, True])
def test_outputs_and_loss_are_those_of_each_restart_computed_alone(tied):
    net = model(seeds=[3, 4], restarts=3, tied=tied)
    (inputs,) = stream(features=N).batch(0)
    weights = {name: p.detach().double().numpy() for name, p in net.named_parameters()}
    loss = np.zeros(2)
    for cell, restart in np.ndindex(2, 3):
        w1 = weights["encoder"][cell, restart]
        w2 = w1.T if tied else weights["decoder"][cell, restart]
        h = np.maximum(inputs[cell].double().numpy() @ w1.T, 0)
        y = np.maximum(h @ w2.T + weights["bias"][cell, restart], 0)
        np.testing.assert_allclose(net(inputs)[cell, restart].detach().T, y, atol=1e-6)
        error = ((y - np.abs(inputs[cell].double().numpy())) ** 2).mean(0)
        np.testing.assert_allclose(net.squared_error((inputs,))[cell, restart], error, rtol=1e-5)
        loss[cell] += error @ 0.8 ** np.arange(N)
    np.testing.assert_allclose(net.loss((inputs,)).detach(), loss, rtol=1e-5)


def test_two_neurons_per_feature_compute_the_absolute_value_without_loss():
    net = with_weights(EXACT_ENCODER, EXACT_DECODER)
    assert net.loss(stream(1.0, seeds=[0], features=N).batch(0)).item() == 0


def test_one_neuron_per_feature_copies_positive_features_without_loss():
    (features,) = stream(1.0, seeds=[0], features=N).batch(0)
    assert with_weights(np.eye(N)).loss((features.abs(),)).item() == 0


@pytest.mark.parametrize("tied", [False, True])
def test_training_depends_neither_on_the_other_cells_nor_on_the_other_restarts(tied):
    def trained(seeds, restarts):
        plan = Plan(steps=30, learning_rate=0.01)
        data = stream(seeds=[7] * 8, features=N)
        start = model(seeds=seeds, restarts=restarts, tied=tied)
        return Loop(start, data, plan).run().parameters

    many, few = trained(range(8), 3), trained([0] * 8, 1)
    for name in few:
        np.testing.assert_allclose(many[name][0, 0], few[name][0, 0], rtol=1e-4, atol=1e-6)


def test_no_restart_at_all_is_refused():
    with pytest.raises(TegumError, match="at least 1"):
        model(restarts=0)


# -- neurons -----------------------------------------------------------------------------------


def test_a_neurons_scale_does_not_change_what_it_is_found_to_do():
    rng = np.random.default_rng(0)
    encoder, decoder = rng.normal(size=(2, 5, 7)), rng.normal(size=(2, 7, 5))
    scale = rng.uniform(0.1, 10, size=(2, 5, 1))
    scaled = encoder * scale, decoder / np.swapaxes(scale, 1, 2)
    np.testing.assert_allclose(metric.gains(*scaled), metric.gains(encoder, decoder))
    np.testing.assert_array_equal(
        metric.asymmetric_motif(*scaled), metric.asymmetric_motif(encoder, decoder)
    )


def test_a_negative_output_weight_carries_nothing():
    w = np.array([[1.0, -1.0]])
    assert metric.gains(w, w.T).tolist() == [[1, 0]]
    net = with_weights(w)
    both = torch.tensor([[[0.5, 0.0], [0.0, 0.5]]])
    assert net(both)[0, 0].detach().T.tolist() == [[0.5, 0], [0, 0]]
    assert metric.gains(-w, w.T).tolist() == [[1, 0]]  # the negative values of the feature


def test_participation_is_the_number_of_equal_shares_and_that_of_the_weights_if_tied():
    gain = np.array([[1.0, 0, 0, 0], [0.5, 0.5, 0, 0], [1, 1, 1, 1], [0.1, 0, 0, 0]])
    np.testing.assert_allclose(metric.participation(gain), [1, 2, 4, np.nan])
    w = np.random.default_rng(1).uniform(0.5, 1, (3, 6))
    usual = (w**2).sum(1) ** 2 / (w**4).sum(1)
    np.testing.assert_allclose(metric.participation(metric.gains(w, w.T)), usual)


def test_the_exact_solution_has_a_neuron_for_each_sign_and_a_doubled_sign_has_not():
    assert metric.sign_pairs(EXACT_ENCODER, EXACT_DECODER).all()
    gain = metric.gains(EXACT_ENCODER, EXACT_DECODER)
    assert metric.monosemantic(gain).all() and not metric.polysemantic(gain).any()
    assert metric.represented(gain).all() and not metric.shared(gain).any()
    doubled = EXACT_ENCODER.copy()
    doubled[N] *= -1
    assert metric.sign_pairs(doubled, EXACT_DECODER).tolist() == [False, True, True]


def test_every_feature_by_another_pair_of_neurons_is_recognised():
    pairs = list(itertools.combinations(range(5), 2))
    w = np.zeros((5, 10))
    for feature, pair in enumerate(pairs):
        w[list(pair), feature] = 0.5**0.5
    gain = metric.gains(w, w.T)
    assert metric.distinct_pairs(gain)
    assert metric.polysemantic(gain).all() and metric.shared(gain).all()
    w[:, 1] = w[:, 0]
    assert not metric.distinct_pairs(metric.gains(w, w.T))
    assert not metric.distinct_pairs(metric.gains(np.eye(5), np.eye(5)))


def test_a_mixture_of_own_and_shared_neurons_is_told_apart():
    w = np.zeros((5, 6))
    w[0, 0] = w[1, 1] = w[2, 2] = 1
    w[3:, 3:] = [[1, 0.8, 0], [0, 0.6, 1]]
    gain = metric.gains(w, w.T)
    assert metric.monosemantic(gain).tolist() == [True] * 3 + [False] * 2
    assert metric.shared(gain).tolist() == [False] * 3 + [True] * 3


MOTIF_ENCODER = np.array([[2.0, -0.5], [1, 0], [-1, 0], [0, 1]])
MOTIF_DECODER = np.array([[0.5, 0, 1, 0], [2, -4, 0, 1]])
"""Neuron 0 is the published one; neuron 1 reads x_a and takes 4 x_a away from y_b."""


def test_the_asymmetric_motif_is_recognised_and_computes_both_absolute_values():
    found = metric.asymmetric_motif(MOTIF_ENCODER, MOTIF_DECODER)
    assert found.tolist() == [True, False, False, False]
    net = with_weights(MOTIF_ENCODER, MOTIF_DECODER)
    single = torch.tensor([[[1.0, 0], [-1, 0], [0, 1], [0, -1]]])
    np.testing.assert_allclose(
        net(single)[0, 0].detach().T, [[1, 0], [1, 0], [0, 1], [0.25, 1]], atol=1e-6
    )


@pytest.mark.parametrize(
    ("what", "neuron", "encoder", "decoder"),
    [
        ("equal weights", 0, [1, -1], [1, 1]),
        ("no inhibition", 1, [1, 0], [0, 0]),
        ("inhibition at the other sign", 1, [-1, 0], [0, -4]),
        ("too little inhibition", 1, [1, 0], [0, -1]),
        ("an output that is itself inhibited", 0, [2, -0.5], [0.5, -2]),
    ],
)
def test_without_one_of_its_parts_it_is_no_motif(what, neuron, encoder, decoder):
    first, second = MOTIF_ENCODER.copy(), MOTIF_DECODER.copy()
    first[neuron], second[:, neuron] = encoder, decoder
    assert not metric.asymmetric_motif(first, second).any(), what


def test_permuted_pairs_keep_each_input_weight_with_its_output_weight():
    rng = np.random.default_rng(0)
    encoder, decoder = rng.normal(size=(5, 7)), rng.normal(size=(7, 5))
    first, second = permute_pairs(encoder, decoder, 3)
    before, after = (
        sorted(zip(a.ravel(), b.T.ravel(), strict=True))
        for a, b in ((encoder, decoder), (first, second))
    )
    assert before == after and not np.array_equal(first, encoder)
    tied = permute_pairs(encoder, encoder.T, 3)
    np.testing.assert_array_equal(tied[0], tied[1].T)
