"""Contrast pairs: probes, readers, theory, each against something independent."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import balanced_accuracy_score
from sklearn.mixture import GaussianMixture
from torch import nn

from tegum.metrics import contrast as metric
from tegum.models.contrast import LinearProbe, MLPProbe
from tegum.models.transformer import MATRICES, Transformer
from tegum.probes.readers import Options, Split, affine_readers, analyse
from tegum.synthetic.pairs import PairLaw, directions, synthetic_pairs
from tegum.synthetic.statements import (
    LENGTH,
    StatementStream,
    facts,
    readout_position,
    statement_pairs,
    vocabulary,
)
from tegum.theory.contrast_pairs import expected_tpc, switching_probability
from tegum.training.contrast import Search, searched


def members(cells=3, samples=40, inputs=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    shape = (cells, samples, inputs)
    return tuple(torch.randn(shape, generator=generator) for _ in range(2))


def split(law, seed=0, n=400, inputs=16):
    axes = directions(inputs, seed)
    train, test = (synthetic_pairs(n, law, axes, seed + s) for s in (100, 200))
    return Split(train, test, seed, seed + 1, axes[[0, 2]])


def plain_loss(positive, negative):
    """Equation 3 of Burns et al., pair by pair."""
    pairs = zip(positive.tolist(), negative.tolist(), strict=True)
    return np.mean([(p - (1 - q)) ** 2 + min(p, q) ** 2 for p, q in pairs])


def test_losses_are_those_of_every_try_alone():
    probe, batch = LinearProbe(n_inputs=5, tries=4, seeds=[1, 2, 3]), members()
    found = probe.losses(batch).detach().numpy()
    for cell in range(3):
        for t in range(4):
            p, q = (
                torch.sigmoid(x[cell] @ probe.weight[cell, :, t] + probe.bias[cell, t])
                for x in batch
            )
            assert found[cell, t] == pytest.approx(plain_loss(p, q), rel=1e-5)


def test_a_constant_half_has_a_loss_of_a_quarter():
    probe = LinearProbe(n_inputs=5, tries=2, seeds=[0, 0, 0])
    for parameter in probe.parameters():
        nn.init.zeros_(parameter)
    assert (probe.losses(members()) == 0.25).all()


def test_an_mlp_probe_is_two_linear_layers():
    probe, (positive, _) = MLPProbe(n_inputs=5, tries=2, width=7, seeds=[1, 2, 3]), members()
    for t in range(2):
        first, last = nn.Linear(5, 7), nn.Linear(7, 1)
        with torch.no_grad():
            first.weight.copy_(probe.encoder[1, :, 7 * t : 7 * t + 7].T)
            first.bias.copy_(probe.encoder_bias[1, 7 * t : 7 * t + 7])
            last.weight.copy_(probe.weight[1, t][None])
            last.bias.copy_(probe.bias[1, t][None])
        expected = nn.Sequential(first, nn.ReLU(), last)(positive[1])[:, 0]
        assert torch.allclose(probe.logits(positive)[1, :, t], expected, atol=1e-6)


def test_tries_train_as_one_probe_with_torch_adamw_would():
    positive, negative = members()
    search = Search(tries=3, steps=60, weight_decay=0.1)
    before, after = searched(positive, negative, [5, 6, 7], search)
    for cell, t in ((0, 0), (2, 1)):
        weight = nn.Parameter(before.weight[cell, :, t].detach().clone())
        bias = nn.Parameter(before.bias[cell, t].detach().clone())
        optimiser = torch.optim.AdamW([weight, bias], lr=0.01, weight_decay=0.1)
        for _ in range(60):
            p, q = (torch.sigmoid(x[cell] @ weight + bias) for x in (positive, negative))
            loss = ((p - (1 - q)) ** 2 + torch.minimum(p, q) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        assert torch.allclose(after.weight[cell, :, t], weight, atol=1e-5)


def test_otsu_equals_brute_force_over_all_cuts():
    scores = np.random.default_rng(0).normal(size=(60, 3)) + [0, 1, 2] * (
        np.arange(60)[:, None] > 20
    )
    for column, cut in zip(scores.T, metric.otsu_threshold(scores), strict=True):
        within = {
            c: sum(part.size * part.var() for part in (column[column < c], column[column >= c]))
            for c in np.sort(column)[1:]
        }
        best = min(within, key=within.get)
        np.testing.assert_array_equal(column >= best, column > cut)


def test_balanced_accuracy_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    labels = rng.uniform(size=80) < 0.8
    scores = rng.normal(size=(80, 3)).round(1) + labels[:, None]
    for j, found in enumerate(metric.balanced_accuracy(scores > 0.5, labels)):
        assert found == pytest.approx(balanced_accuracy_score(labels, scores[:, j] > 0.5))


def test_more_dimensions_than_pairs_can_be_read_at_any_scale():
    pairs = split(PairLaw(), n=30, inputs=100).train
    differences = pairs.positive - pairs.negative
    differences = np.repeat(differences - differences.mean(0), 3, axis=0)
    for scale in (1e-3, 1.0, 1e3):
        found = affine_readers(scale * differences, np.repeat(pairs.labels, 3), 0)
        weights, bias = found["gmm"]
        assert np.isfinite(weights).all() and np.isfinite(bias)


def test_affine_scores_of_clusters_are_scikit_learns_own_assignments():
    law = PairLaw(truth_probability=0.7)
    pairs = split(law).train
    differences = metric.normalise(pairs.positive, pairs.positive)
    differences = differences - metric.normalise(pairs.negative, pairs.negative)
    differences = differences.astype(float)
    found = affine_readers(differences, pairs.labels, 3)
    means = KMeans(2, n_init=10, random_state=3).fit(differences)
    mixture = GaussianMixture(2, covariance_type="tied", n_init=3, random_state=3).fit(differences)
    for name, model in (("kmeans", means), ("gmm", mixture)):
        weights, bias = found[name]
        np.testing.assert_array_equal(differences @ weights + bias > 0, model.predict(differences))


@pytest.mark.parametrize("probability", [0.5, 0.8, 0.95])
def test_expected_accuracy_without_a_distractor_is_the_published_formula(probability):
    from statistics import NormalDist

    phi, law = NormalDist().cdf, PairLaw(truth_probability=probability, noise=1.5)
    scale = 4 * law.truth_scale / (2**0.5 * law.noise)
    known = probability * phi(scale * (1 - probability)) + (1 - probability) * phi(
        scale * probability
    )
    assert expected_tpc(law).accuracy == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize(
    "law",
    [
        PairLaw(truth_probability=0.7, noise=1.5),
        PairLaw(distractor_scale=2.0, consistency=0.5),
        PairLaw(truth_probability=0.8, distractor_scale=1.0, distractor_probability=0.3),
    ],
)
def test_expected_accuracy_is_what_many_pairs_give(law):
    data = analyse([split(law, n=20_000, inputs=8)], Options(Search(steps=1, tries=1)))
    at = data.isel(cell=0).sel(reader="tpc", normalisation="train", control="none")
    expected = expected_tpc(law, 8, 20_000)
    assert float(at["accuracy"].sel(threshold="zero")) == pytest.approx(expected.accuracy, abs=0.01)
    assert float(at["cos_truth"]) == pytest.approx(expected.cos_truth, abs=0.02)
    assert float(at["cos_distractor"]) == pytest.approx(expected.cos_distractor, abs=0.05)


def test_few_pairs_tilt_the_component_as_random_matrices_say():
    law = PairLaw(truth_probability=0.8, noise=1.5)
    splits = [split(law, seed, n=500, inputs=64) for seed in range(10)]
    found = analyse(splits, Options(Search(steps=1, tries=1)))["cos_truth"].sel(reader="tpc")
    expected = expected_tpc(law, 64, 500).cos_truth
    assert expected < 0.95
    assert float(found.mean()) == pytest.approx(expected, abs=0.02)


def test_the_component_switches_where_the_formula_says():
    weak = PairLaw(distractor_scale=1.0)
    turn = switching_probability(weak)
    for shift, truth in ((-0.01, 1.0), (0.01, 0.0)):
        law = PairLaw(truth_probability=turn + shift, distractor_scale=1.0)
        assert expected_tpc(law).cos_truth == pytest.approx(truth, abs=1e-9)
    assert np.isnan(switching_probability(PairLaw(distractor_scale=2.0)))


def test_pairs_stay_true_at_a_higher_probability_and_share_their_noise():
    axes = directions(8, 0)
    low, high = (synthetic_pairs(500, PairLaw(truth_probability=p), axes, 1) for p in (0.5, 0.9))
    assert high.labels[low.labels].all() and high.labels.mean() == pytest.approx(0.9, abs=0.04)
    same = low.labels == high.labels
    np.testing.assert_array_equal(low.positive[same], high.positive[same])


def test_differences_lie_where_the_law_puts_them():
    axes = directions(8, 0)
    law = PairLaw(distractor_scale=0.7, consistency=0.6, noise=0.01)
    pairs = synthetic_pairs(5000, law, axes, 1)
    along = (pairs.positive - pairs.negative) @ axes.T
    sign = 2.0 * pairs.labels - 1.0
    np.testing.assert_allclose(along[:, 0], 2 * 1.5 * sign, atol=0.1)
    np.testing.assert_allclose(along[:, 1], 2 * 2.0, atol=0.1)
    np.testing.assert_allclose(along[:, 2], 1.4 * (2.0 * pairs.distractor - 1.0), atol=0.1)
    assert (pairs.labels == pairs.distractor).mean() == pytest.approx(0.8, abs=0.02)


@pytest.fixture(scope="module")
def readings():
    laws = [PairLaw(), PairLaw(distractor_scale=3.0), PairLaw(noise=30.0)]
    return analyse([split(law) for law in laws], Options(Search(steps=150, tries=3)))


def test_a_planted_truth_is_found_and_shuffled_labels_are_not(readings):
    at = readings.isel(cell=0).sel(normalisation="train", threshold="zero")
    good = ["ccs", "tpc", "kmeans", "logistic"]
    assert (at["accuracy"].sel(control="none", reader=good) > 0.98).all()
    assert (at["cos_truth"].sel(reader=good) > 0.9).all()
    assert (at["accuracy"].sel(control="shuffled", reader=good) < 0.6).all()
    assert float(at["accuracy"].sel(control="none", reader="random")) < 0.8


def test_the_louder_feature_is_followed_without_labels_only(readings):
    at = readings.isel(cell=1).sel(normalisation="train", threshold="zero", control="none")
    assert (at["accuracy_distractor"].sel(reader=["ccs", "tpc"]) > 0.98).all()
    assert float(at["accuracy"].sel(reader="logistic")) > 0.98


def test_nothing_is_found_where_there_is_only_noise(readings):
    at = readings.isel(cell=2).sel(normalisation="train", threshold="zero", control="none")
    assert (abs(at["accuracy"] - 0.5) < 0.15).all()
    assert (abs(at["auroc"] - 0.5) < 0.15).all()


def test_centring_the_test_pairs_by_themselves_moves_the_cut_under_a_shift():
    axes = directions(16, 0)
    train = synthetic_pairs(400, PairLaw(), axes, 1)
    test = synthetic_pairs(400, PairLaw(truth_probability=0.95), axes, 2)
    data = analyse([Split(train, test, 0, 1)], Options(Search(steps=100, tries=2)))
    at = data["accuracy"].isel(cell=0).sel(reader="tpc", threshold="zero", control="none")
    assert float(at.sel(normalisation="train")) > 0.98
    expected = expected_tpc(PairLaw(truth_probability=0.95)).accuracy
    assert float(at.sel(normalisation="test")) == pytest.approx(expected, abs=0.06)


def transformers(causal, places, seeds=(3, 4), **sizes):
    options = {"width": 6, "mlp_width": 10, "n_layers": 2} | sizes
    return Transformer(
        n_tokens=vocabulary(4),
        length=LENGTH,
        causal=causal,
        readout=[readout_position(p) for p in places],
        seeds=seeds,
        emphasis=[[1.0, 0.5]] * len(seeds),
        **options,
    )


def test_a_transformer_is_attention_and_a_perceptron_written_out_anew():
    model = transformers([True, False], ["before_readout", "after_readout"])
    words = torch.randint(vocabulary(4), (2, 7, LENGTH), generator=torch.Generator().manual_seed(0))
    found = model.hidden(words)
    for cell in range(2):
        stream = model.embedding[cell][words[cell]] + model.place[cell]
        layers = [p[cell] for p in model.layers]
        for start in (0, len(MATRICES)):
            query, key, value, output, rise, fall = layers[start : start + len(MATRICES)]
            x = nn.functional.layer_norm(stream, (6,))
            mixed = nn.functional.scaled_dot_product_attention(
                x @ query, x @ key, x @ value, is_causal=cell == 0
            )
            stream = stream + mixed @ output
            stream = stream + nn.functional.layer_norm(stream, (6,)).matmul(rise).relu() @ fall
        place = (3, 2)[cell]
        assert torch.allclose(found[cell], stream[:, place], atol=1e-5)


def test_only_a_causal_model_read_before_the_label_cannot_tell_the_members_apart():
    kinds = [(c, p) for c in (True, False) for p in ("first", "before_readout", "after_readout")]
    model = transformers([c for c, _ in kinds], [p for _, p in kinds], seeds=(0,) * 6)
    table = facts(4, 0)
    drawn = [statement_pairs(50, PairLaw(), table, place, 1) for _, place in kinds]
    yes, no = (torch.from_numpy(np.stack([d[i] for d in drawn])) for i in (0, 1))
    assert ((yes != no).sum(2) == 1).all()
    apart = (model.hidden(yes) - model.hidden(no)).abs().amax((1, 2))
    for (causal, place), distance in zip(kinds, apart.tolist(), strict=True):
        assert (distance == 0) == (causal and place == "after_readout")


def test_a_statements_targets_are_agreement_with_truth_and_with_sentiment():
    stream = StatementStream(
        n_statements=4, seeds=[5], label_positions=["before_readout"], batch=200
    )
    words, targets = (part[0].numpy() for part in stream.batch(3))
    truth = facts(4, 5)[words[:, 0]]
    sentiment, label = words[:, 1] - 4, words[:, 2] - 6
    np.testing.assert_array_equal(targets[:, 0], truth == label)
    np.testing.assert_array_equal(targets[:, 1], sentiment == label)
