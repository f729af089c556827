"""Whether subspaces are noticed: shares, affinities and their clusters."""

import numpy as np
import pytest

from tegum.metrics import factorisation


@pytest.fixture(scope="module")
def subspaces():
    """Three random orthogonal subspaces of two dimensions with five features each."""
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    group = np.repeat([0, 1, 2], 5)
    truth = np.concatenate(
        [rng.standard_normal((5, 2)) @ basis[2 * s : 2 * s + 2] for s in range(3)]
    )
    return truth.astype(np.float32), group, basis


def test_shares_of_a_direction_are_its_coordinates_in_the_subspaces(subspaces):
    truth, group, basis = subspaces
    rows = np.random.default_rng(1).standard_normal((7, 6))
    squares = (rows @ basis.T) ** 2
    expected = squares.reshape(7, 3, 2).sum(2) / squares.sum(1, keepdims=True)
    found = factorisation.subspace_shares(rows, truth, group)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    own = factorisation.subspace_shares(truth, truth, group)
    np.testing.assert_allclose(own[np.arange(15), group], 1, atol=1e-5)
    np.testing.assert_array_equal(factorisation.subspace_shares(0 * rows, truth, group), 0)


def test_clusters_of_directions_are_the_subspaces_and_those_of_random_ones_are_not(subspaces):
    truth, group, _ = subspaces
    affinity = factorisation.decoder_affinity(truth)
    assert np.abs(np.diag(affinity)).max() == 0
    assert factorisation.grouping_agreement(affinity, group) == pytest.approx(1)
    noise = np.random.default_rng(2).standard_normal((15, 6))
    assert factorisation.grouping_agreement(factorisation.decoder_affinity(noise), group) < 0.5


def test_clusters_of_firing_are_the_groups_that_fire_together():
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1, 2], 5)
    open_ = rng.random((2000, 3)) < 0.3
    codes = open_[:, group] * (rng.random((2000, 15)) < 0.6)
    affinity = factorisation.firing_affinity(codes)
    expected = np.abs(np.corrcoef((codes > 0).T)) - np.eye(15)
    np.testing.assert_allclose(affinity, expected, atol=1e-10)
    assert factorisation.grouping_agreement(affinity, group) == pytest.approx(1)
    silent = np.where(np.arange(15) == 4, 0, codes)
    assert np.isfinite(factorisation.firing_affinity(silent)).all()
