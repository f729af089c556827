"""Capacity, alias feature dimensionality: its bounds on any matrix, and known geometries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tegum.metrics.capacity import capacities, leverages

matrices = st.tuples(st.integers(1, 12), st.integers(1, 8)).flatmap(
    lambda shape: arrays(float, shape, elements=st.floats(-1e3, 1e3, allow_subnormal=False))
)


@given(matrices)
def test_capacities_lie_between_zero_and_one_and_sum_to_at_most_the_dimension(w):
    found = capacities(w)
    assert (found >= 0).all() and (found <= 1 + 1e-9).all()
    assert found.sum() <= min(w.shape) + 1e-6


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 8), st.integers(1, 4))
def test_a_capacity_is_at_most_the_leverage_and_leverages_sum_to_the_rank(seed, n, d, rank):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, d))
    assert (capacities(w) <= leverages(w) + 1e-9).all()
    assert leverages(w).sum() == pytest.approx(min(n, d, rank))


@given(st.integers(0, 2**32 - 1), st.floats(1e-150, 1e150))
def test_the_definition_holds_at_any_scale_and_rotation(seed, scale):
    rng = np.random.default_rng(seed)
    w = rng.normal(size=(7, 4))
    gram = w @ w.T
    expected = np.diag(gram) ** 2 / (gram**2).sum(1)
    turned = w @ np.linalg.qr(rng.normal(size=(4, 4)))[0]
    np.testing.assert_allclose(capacities(scale * turned), expected, rtol=1e-9)


def polygon(n: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.stack([np.cos(angle), np.sin(angle)], 1)


@pytest.mark.parametrize(
    ("w", "fraction"),
    [
        (np.eye(3), 1),
        ([[1.0], [-1.0]], 1 / 2),
        (polygon(3), 2 / 3),
        (polygon(5), 2 / 5),
        ([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], 3 / 4),
    ],
    ids=["dedicated", "digon", "triangle", "pentagon", "tetrahedron"],
)
def test_a_tight_frame_shares_its_dimensions_equally(w, fraction):
    np.testing.assert_allclose(capacities(w), fraction)


def test_factors_of_a_tegum_product_keep_their_own_fraction():
    w = np.zeros((5, 3))
    w[:3, :2], w[3:, 2] = polygon(3), [1, -1]
    np.testing.assert_allclose(capacities(w), [2 / 3] * 3 + [1 / 2] * 2)


def test_a_feature_without_embedding_has_no_capacity_and_models_do_not_mix():
    stack = np.stack([np.zeros((2, 2)), np.diag([0, 5.0])])
    np.testing.assert_array_equal(capacities(stack), [[0, 0], [0, 1]])
