"""Block-semi-orthogonal structure on matrices built to have it."""

import numpy as np
import pytest

from tegum.metrics.capacity import block_dimensions, capacities, spectral_blocks
from tegum.metrics.geometry import cosine_components
from tegum.theory.packing import harmonic_frame, tegum_product


def rotated(sizes, eigenvalues, seed=0):
    """Tight frames (features, dimensions) with their eigenvalues, on orthogonal subspaces."""
    frames = []
    for (features, dims), eigenvalue in zip(sizes, eigenvalues, strict=True):
        frame = np.eye(1) if dims == 1 == features else harmonic_frame(features, dims)
        frames.append(frame * np.sqrt(eigenvalue / np.linalg.eigvalsh(frame.T @ frame)[-1]))
    whole = tegum_product(frames)
    d = whole.shape[1]
    return whole @ np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))[0]


@pytest.mark.parametrize("seed", range(3))
def test_blocks_of_different_eigenvalue_are_read_off_the_spectrum(seed):
    w = rotated([(1, 1), (5, 2), (7, 4)], [2.0, 1.2, 0.7], seed)
    block, leak = spectral_blocks(w, 1e-6)
    np.testing.assert_array_equal(block, [0] + [1] * 5 + [2] * 7)
    np.testing.assert_allclose(leak, 0.0, atol=1e-12)
    assert capacities(w).sum() == pytest.approx(7.0)


def test_a_feature_across_two_eigenspaces_leaks_and_wastes_capacity():
    w = np.array([[2.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    _, leak = spectral_blocks(w, 1e-6)
    assert leak.max() > 0.1
    assert capacities(w).sum() < 2.0


def test_equal_eigenvalues_are_one_spectral_block_but_two_by_overlap():
    w = rotated([(3, 2), (5, 2)], [1.0, 1.0])
    assert set(spectral_blocks(w, 1e-6)[0]) == {0}
    np.testing.assert_array_equal(cosine_components(w, 0.01), [0] * 3 + [1] * 5)


def test_a_feature_without_embedding_is_in_no_block():
    w = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 0.5]])
    np.testing.assert_array_equal(spectral_blocks(w, 1e-6)[0], [0, -1, 1])
    np.testing.assert_array_equal(cosine_components(w, 0.5) < 0, [False, True, False])


def test_antipodal_pairs_are_blocks_of_their_own():
    w = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -0.8]])
    np.testing.assert_array_equal(cosine_components(w, 0.5), [0, 0, 1, 1])


def test_a_block_has_the_dimensions_that_its_features_share():
    w = rotated([(1, 1), (3, 2), (5, 2)], [2.0, 1.0, 0.5])
    found = block_dimensions(w, cosine=0.25, low=0.05, high=0.95)
    np.testing.assert_allclose(found, [np.nan, *[2.0] * 8])
