"""Steering: vectors, effects and laws against brute force and independent solvers."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from tegum.experiment.seeds import stream_seed
from tegum.studies.steering import effects
from tegum.studies.steering.params import Fit
from tegum.studies.steering.vectors import fit
from tegum.studies.steering.world import draw
from tegum.theory import steering as law


@dataclass
class OneCell:
    seed: int = 0

    def stream(self, purpose):
        return stream_seed("steering", purpose, seed=self.seed)


def world_of(seed=0, **values):
    section = Fit(**{"samples": 2000, "held_out": 1000, "feature_probability": 0.2} | values)
    return draw(OneCell(seed), section, "cpu"), section


def test_activity_follows_probability_and_correlation():
    world, _ = world_of(n_features=8, samples=40000, correlation=0.5)
    active = (world.features != 0).numpy().astype(float)
    np.testing.assert_allclose(active.mean(0), 0.2, atol=0.01)
    found = np.corrcoef(active.T)
    assert found[0, 1] == pytest.approx(0.5, abs=0.03)
    assert abs(found[1, 2]) < 0.03


def test_rows_are_shared_by_worlds_that_differ_in_size_only():
    few, many = world_of(n_features=8)[0], world_of(n_features=16)[0]
    torch.testing.assert_close(many.directions[:8], few.directions)


def test_common_weight_is_the_squared_cosine_with_the_shared_direction():
    world, _ = world_of(n_features=400, n_inputs=500, common_weight=0.6)
    cosines = world.directions @ world.directions.T
    off = cosines[~torch.eye(400, dtype=torch.bool)]
    assert off.mean().item() == pytest.approx(0.6, abs=0.03)


@pytest.mark.parametrize("n_features", [6, 20])
def test_probes_are_those_of_least_squares(n_features):
    world, _ = world_of(n_features=n_features, n_inputs=8)
    fitted = fit(world, world.features, 1.0)
    x = world.activations(world.features).numpy()
    design = np.column_stack([x, np.ones(len(x))])
    solution = np.linalg.lstsq(design, world.features.numpy(), rcond=None)[0]
    np.testing.assert_allclose(fitted.probes.numpy(), solution[:-1].T, atol=1e-8)
    torch.testing.assert_close(
        fitted.read(torch.from_numpy(x)), torch.from_numpy(design @ solution)
    )


def test_pattern_and_mean_difference_are_those_of_loops():
    world, _ = world_of(n_features=5, n_inputs=8, correlation=0.5)
    vectors = fit(world, world.features, 1.0).vectors
    x, f = world.activations(world.features).numpy(), world.features.numpy()
    for i in range(5):
        active = f[:, i] != 0
        difference = x[active].mean(0) - x[~active].mean(0)
        np.testing.assert_allclose(vectors["mean_difference"][i].numpy(), difference, atol=1e-12)
        covariance = [np.cov(x[:, k], f[:, i], ddof=0)[0, 1] for k in range(8)]
        np.testing.assert_allclose(vectors["pattern"][i].numpy(), covariance, atol=1e-10)


def test_ridge_runs_from_the_probe_to_the_pattern():
    world, _ = world_of(n_features=6, n_inputs=4)
    weak, strong = (fit(world, world.features, r).vectors for r in (1e-9, 1e5))
    torch.testing.assert_close(weak["ridge"], weak["probe"], rtol=1e-5, atol=1e-6)
    cosine = torch.cosine_similarity(strong["ridge"], strong["pattern"])
    torch.testing.assert_close(cosine, torch.ones(6).double(), rtol=0, atol=1e-6)


def test_sparse_codes_minimise_the_penalised_error():
    world, _ = world_of(n_features=10, n_inputs=5)
    x = world.activations(world.held_out[:3])
    codes = effects.sparse_codes(x, world.directions, 0.05, 3000).numpy()
    v = world.directions.numpy()
    for target, found in zip(x.numpy(), codes, strict=True):

        def loss(f, target=target):
            residual = target - f @ v
            return residual @ residual / 2 + 0.05 * f.sum(), 0.05 - v @ residual

        best = minimize(loss, np.ones(10), jac=True, bounds=[(0, None)] * 10, tol=1e-14)
        assert loss(found)[0] == pytest.approx(best.fun, abs=1e-7)
        assert found.min() >= 0


def test_sparse_codes_find_features_that_no_linear_probe_can():
    world, _ = world_of(n_features=64, n_inputs=32, feature_probability=0.03)
    truth = world.held_out[:200]
    x = world.activations(truth)
    codes = effects.sparse_codes(x, world.directions, 0.01, 400)
    probes = fit(world, world.features, 1.0).read(x)
    assert (codes - truth).square().sum() < 0.02 * truth.square().sum()
    assert (probes - truth).square().sum() > 0.3 * truth.square().sum()


def test_per_feature_is_a_loop_over_other_features():
    found = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 4, 5)))
    gain, off = effects.per_feature(found)
    for i in range(3):
        others = sum(found[i, b, j] ** 2 for b in range(4) for j in range(5) if j != i) / 4
        assert gain[i] == pytest.approx(sum(found[i, b, i] for b in range(4)) / 4)
        assert off[i] == pytest.approx(others**0.5 / abs(gain[i]))


def test_a_vector_without_effect_has_infinite_offtarget_effects():
    _, off = effects.per_feature(torch.zeros(2, 1, 3))
    assert torch.isinf(off).all()


def test_the_true_intervention_has_effect_one_and_no_other():
    world, _ = world_of(
        n_features=24, n_inputs=16, amplitude_spread=0.5, feature_probability=0.05, probed=4
    )
    true = effects.scaled(world.directions, world, 6)
    expected = world.amplitudes[:6, None] * world.directions[:6]
    torch.testing.assert_close(true, expected)
    gain, off = effects.against_truth(true, true, world.unembedding)
    torch.testing.assert_close(gain, torch.ones(6).double())
    assert off.max() < 1e-12
    own = effects.linear(true, world.directions, world)[range(6), 0, range(6)]
    torch.testing.assert_close(own, torch.ones(6).double())


@pytest.mark.parametrize("ratio", [0.25, 0.5, 0.75, 1.5, 2.0, 4.0])
def test_laws_hold_for_a_large_random_matrix(ratio):
    d = 400
    g = int(ratio * d)
    rng = np.random.default_rng(1)
    v = rng.normal(size=(g, d))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    p = np.linalg.pinv(v).T
    cosine = (p * v).sum(1) / np.linalg.norm(p, axis=1)
    assert np.median(cosine) == pytest.approx(float(law.probe_cosine(ratio)), abs=0.02)
    leverage = np.einsum("gd,gd->g", p, v)
    assert leverage.mean() == pytest.approx(float(law.explained_variance(ratio)))
    readers = {"probes": p, "logits": rng.normal(size=(20000, d)), "tied": v}
    for vector, s in (("probe", p), ("representation", v)):
        for reader, rows in readers.items():
            found = [_offtarget(s[i], v[i], i, rows, reader) for i in range(0, g, g // 20)]
            expected = float(law.offtarget(vector, reader, ratio))
            assert np.median(found) == pytest.approx(expected, rel=0.06, abs=1e-9), (vector, reader)


def _offtarget(vector, true, i, rows, reader):
    effect = rows @ vector
    if reader == "logits":
        wanted = rows @ true
        scale = effect @ wanted / (wanted @ wanted)
        return np.linalg.norm(effect - scale * wanted) / abs(scale) / np.linalg.norm(wanted)
    return np.linalg.norm(np.delete(effect, i)) / abs(effect[i])


@pytest.mark.parametrize("g", [300, 1200])
def test_a_common_direction_lowers_the_cosine_as_its_law_says(g):
    rng = np.random.default_rng(2)
    d, rho = 600, 0.5
    rows = rng.normal(size=(g + 1, d))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    v = np.sqrt(1 - rho) * rows[1:] + np.sqrt(rho) * rows[0]
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    p = np.linalg.pinv(v).T
    cosine = (p * v).sum(1) / np.linalg.norm(p, axis=1)
    assert np.median(cosine) == pytest.approx(float(law.probe_cosine(g / d, rho)), abs=0.02)
