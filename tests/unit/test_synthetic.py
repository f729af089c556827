"""Features, embedders and streams: their law, and what they depend on."""

import numpy as np
import pytest
import torch

from tegum.errors import TegumError
from tegum.synthetic.batches import TensorStream
from tegum.synthetic.draws import FEATURES, NOISE, Draws
from tegum.synthetic.features import embedder, feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream


def stream(task="decoder", law="uniform", p=0.1, seeds=(1, 2), batch=64, **options):
    probabilities = np.stack([feature_probabilities(law, 32, p)] * len(seeds))
    return SuperpositionStream(
        task=task, seeds=seeds, n_inputs=8, probabilities=probabilities, batch=batch, **options
    )


@pytest.mark.parametrize("law", ["uniform", "power_law"])
def test_features_are_bernoulli_times_uniform(law):
    samples = 400_000
    f = stream(law=law, seeds=(7,), batch=samples).latent(0)[0].double().numpy()
    p = feature_probabilities(law, 32, 0.1)
    assert f.min() == 0.0 and f.max() <= 1.0
    active = (f > 0).mean(0)
    assert np.all(np.abs(active - p) < 4.5 * np.sqrt(p * (1 - p) / samples) + 1e-9)
    spread = np.sqrt(p / 3 / samples)
    assert np.all(np.abs(f.mean(0) - p / 2) < 5 * spread)
    assert np.all(np.abs((f**2).mean(0) - p / 3) < 5 * np.sqrt(p / 5 / samples))
    quantiles = np.quantile(f[f > 0], [0.1, 0.25, 0.5, 0.75, 0.9])
    assert np.allclose(quantiles, [0.1, 0.25, 0.5, 0.75, 0.9], atol=0.005)


def test_features_are_independent_of_each_other_and_of_the_step():
    s = stream(seeds=(7,), batch=100_000)
    f, g = s.latent(0)[0].numpy(), s.latent(1)[0].numpy()
    within = np.corrcoef(f.T) - np.eye(32)
    across = np.corrcoef(f.T, g.T)[:32, 32:]
    assert max(abs(within).max(), abs(across).max()) < 5 / np.sqrt(100_000)


def test_power_law_has_the_stated_exponent_and_is_clipped_but_not_normalised_again():
    p = feature_probabilities("power_law", 64, 1 / 32)
    assert p.sum() == pytest.approx(2.0)
    assert np.allclose(p[9] / p[4], 2.0**-1.1)
    clipped = feature_probabilities("power_law", 512, 1 / 16)
    assert clipped[0] == 1.0 and clipped.sum() < 32.0


def test_embedder_has_unit_columns_and_nearly_orthogonal_rows():
    p = embedder(512, 64, seed=3).astype(np.float64)
    assert p.shape == (64, 512)
    assert np.allclose(np.linalg.norm(p, axis=0), 1.0, atol=1e-6)
    eigenvalues = np.linalg.eigvalsh(p @ p.T)
    assert eigenvalues[0] > 7.0 and eigenvalues[-1] < 9.0
    coherence = p.T @ p - np.eye(512)
    assert np.sqrt((coherence**2).sum() / (512 * 511)) == pytest.approx(0.117, abs=0.004)
    assert not np.allclose(p, embedder(512, 64, seed=4))


def test_inputs_are_embedded_features_and_targets_follow_the_task():
    for task, target in (
        ("decoder", lambda f, s: f),
        ("absolute_value", lambda f, s: f.abs()),
    ):
        s = stream(task=task)
        inputs, targets = s.batch(5)
        f = s.latent(5)
        assert torch.allclose(inputs, torch.einsum("cif,csf->csi", s.embedding, f), atol=1e-6)
        assert torch.equal(targets, target(f, s))
    s = stream(task="random_projection")
    targets = s.batch(5)[1]
    assert s.n_outputs == 8 and targets.shape == (2, 64, 8)
    solved = torch.linalg.lstsq(s.latent(5)[0].double(), targets[0].double()).solution
    assert torch.allclose(solved.norm(dim=1), torch.ones(32).double(), atol=1e-4)
    assert not torch.allclose(solved.T.float(), s.embedding[0], atol=0.1)


def test_signed_features_are_differences_of_two_halves():
    f = stream(task="absolute_value", seeds=(7,), batch=400_000, p=0.2).latent(0)[0].double()
    for sign in (1, -1):
        share = (sign * f > 0).double().mean()
        assert share == pytest.approx(0.1 * 0.9 + 0.1 * 0.1 / 2, abs=0.001)
    assert f.square().mean() == pytest.approx(2 * (0.1 / 3) - 2 * (0.1 / 2) ** 2, abs=2e-4)
    assert abs(f.mean()) < 3e-4


def test_cells_of_one_stream_share_draws_whatever_their_probability():
    p = np.stack([feature_probabilities("uniform", 32, q) for q in (0.1, 0.2, 0.1)])
    s = SuperpositionStream(task="decoder", seeds=[5, 5, 6], n_inputs=8, probabilities=p, batch=500)
    f = s.latent(3)
    assert torch.all(f[1][f[0] > 0] > 0)
    both = f[0] > 0
    assert torch.allclose((1 - f[0][both]) * 0.1, (1 - f[1][both]) * 0.2, atol=1e-6)
    assert not torch.equal(f[0], f[2])


def test_noise_is_standard_normal_times_sigma_and_leaves_the_targets():
    clean, noisy = stream(batch=50_000), stream(batch=50_000, noise=[0.5, 0.25])
    difference = noisy.batch(2)[0] - clean.batch(2)[0]
    assert torch.equal(noisy.batch(2)[1], clean.batch(2)[1])
    assert difference.std((1, 2)).tolist() == pytest.approx([0.5, 0.25], rel=0.01)
    assert torch.allclose(difference.mean(1), torch.zeros(2, 8), atol=0.01)


def test_draws_reach_any_step_at_once_and_tags_keep_them_apart():
    draws = Draws(2**63 - 1)
    later = draws.uniform((100,), FEATURES, 9)
    assert np.array_equal(Draws(2**63 - 1).uniform((100,), FEATURES, 9), later)
    assert not np.array_equal(draws.uniform((100,), NOISE, 9), later)
    many = np.stack(
        [Draws(seed).uniform((2000,), FEATURES, step) for seed in range(10) for step in range(10)]
    )
    correlation = np.corrcoef(many) - np.eye(100)
    assert abs(correlation).max() < 5.5 / np.sqrt(2000)


def test_minibatches_come_from_the_cells_own_source():
    data = torch.arange(3.0)[:, None, None] + torch.zeros(3, 100, 4)
    s = TensorStream(data, source=[2, 0, 2], seeds=[1, 1, 3], batch=16)
    (x,) = s.batch(4)
    assert x.shape == (3, 16, 4)
    assert x[:, 0, 0].tolist() == [2.0, 0.0, 2.0]
    data = torch.arange(100.0)[None, :, None]
    s = TensorStream(data, source=[0, 0], seeds=[1, 3], batch=20_000)
    (x,) = s.batch(0)
    assert x[0].unique().numel() == 100


@pytest.mark.parametrize(
    "make",
    [
        lambda: feature_probabilities("uniform", 4, 0.0),
        lambda: feature_probabilities("zipf", 4, 0.1),
        lambda: embedder(4, 8, 0),
        lambda: stream(task="decode"),
    ],
)
def test_impossible_requests_are_refused(make):
    with pytest.raises(TegumError):
        make()
