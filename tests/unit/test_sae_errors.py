"""The world of `sae_errors`, and changes of activations that are as long as told."""

import numpy as np
import pytest
import torch
from scipy.stats import entropy

from tegum.metrics import perturbations as change
from tegum.studies.sae_errors.params import Fit
from tegum.studies.sae_errors.world import Activations, Downstream, features
from tegum.synthetic.draws import Draws
from tegum.synthetic.overcomplete import spread_directions

DRAWS = Draws(3)


def test_divergence_is_that_of_scipy():
    clean, changed = np.random.default_rng(0).normal(size=(2, 5, 7))
    expected = [
        entropy(*(np.exp(v) / np.exp(v).sum() for v in pair))
        for pair in zip(clean, changed, strict=True)
    ]
    np.testing.assert_allclose(change.divergence(clean, changed), expected, rtol=1e-12)
    np.testing.assert_allclose(change.divergence(clean, clean + 3.0), 0, atol=1e-15)


def test_directions_are_pushed_apart():
    before, after = (spread_directions(1, 96, 16, steps) for steps in (0, 200))
    np.testing.assert_allclose(np.linalg.norm(after, axis=1), 1, rtol=1e-5)
    largest = [np.abs(rows @ rows.T - np.eye(96)).max(1).mean() for rows in (before, after)]
    assert largest[1] < largest[0]
    # No 96 lines in 16 dimensions lie further apart than the Welch bound says.
    assert largest[1] >= np.sqrt((96 - 16) / (16 * 95))


def test_as_many_features_as_told_are_active():
    section = Fit(n_features=12, n_inputs=4, n_active=3, latents=8)
    found = features(section, 7, 2000)
    assert (found > 0).sum(1).tolist() == [3] * 2000
    np.testing.assert_allclose((found > 0).mean(0), 0.25, atol=0.05)
    values = found[found > 0]
    assert values.min() >= 0.5 and values.max() <= 1.5
    assert values.mean() == pytest.approx(1, abs=0.01)


def test_a_cell_sees_the_same_activations_in_any_company():
    section = Fit(n_features=12, n_inputs=4, n_active=3, latents=8)
    rows = [spread_directions(seed, 12, 4, 0) for seed in (1, 2)]
    both = Activations(section, rows, [5, 6], 9, "cpu").batch(4)[0]
    alone = Activations(section, rows[1:], [6], 9, "cpu").batch(4)[0]
    assert torch.equal(both[1:], alone)


def test_a_threshold_forgives_what_stays_below_it():
    rows = np.eye(4, dtype=np.float32)
    reader = Downstream(rows, 0.5, 3, 0)
    x, noise = np.array([1.0, 0, 0, 0]), np.array([0.0, 0.3, -0.4, 0.5])
    np.testing.assert_array_equal(reader(x + noise), reader(x))
    free = Downstream(rows, 0.0, 3, 0)
    assert np.abs(free(x + noise) - free(x)).max() > 0.1


def test_changes_within_the_support_keep_it():
    rng = np.random.default_rng(1)
    directions = rng.normal(size=(20, 8))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    codes = np.where(rng.random((300, 20)) < 0.15, rng.random((300, 20)), 0.0)
    codes[0] = 0
    length = rng.random(300)
    moved = change.within_support(codes, directions, length, DRAWS, 0)
    lost = np.asarray([np.isnan(row).any() for row in moved])
    assert lost[0] and lost.mean() < 0.1
    np.testing.assert_allclose(np.linalg.norm(moved[~lost], axis=1), length[~lost])
    for row, delta in zip(codes[~lost], moved[~lost], strict=True):
        active = directions[row > 0]
        step, *_ = np.linalg.lstsq(active.T, delta, rcond=None)
        np.testing.assert_allclose(active.T @ step, delta, atol=1e-9)
        assert len(active) > 8 or (row[row > 0] + step > 0).all()


def test_half_height_lies_between_places():
    places = np.array([0.0, 1.0, 2.0, 3.0])
    curves = np.array([[0.0, 1.0, 2.0, 4.0], [0.0, 4.0, 4.0, 4.0], [0.0, 0.0, 0.0, 0.0]])
    np.testing.assert_allclose(change.half_height(places, curves), [2.0, 0.5, 0.0])
