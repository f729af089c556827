"""Packing metrics against closed forms, finite differences and brute force."""

from itertools import pairwise, permutations

import numpy as np
import pytest

from tegum.theory import packing

N, D = 100_000, 10_000


def cubic_root(target):
    """Trigonometric solution of eps²/2 − eps³/3 = target in (0, 1]."""
    return 0.5 + np.cos((np.arccos(1.0 - 12.0 * target) + 4.0 * np.pi) / 3.0)


def test_cubic_bound_is_the_trigonometric_root():
    k = np.geomspace(1.0, packing.largest_k(N, D, "cubic"), 300)
    target = np.minimum(4.0 * k * np.log(N / k) / D, 1.0 / 6.0)
    found = packing.interference_bound(k, N, D, "cubic")
    np.testing.assert_allclose(found, cubic_root(target), atol=1e-7)
    assert np.all((found > 0.0) & (found <= 1.0))


def test_bound_is_one_at_the_largest_feasible_k():
    end = packing.largest_k(N, D, "cubic")
    assert packing.interference_bound(end, N, D, "cubic") == pytest.approx(1.0, abs=1e-5)
    assert np.isnan(packing.interference_bound(end * 1.01, N, D, "cubic"))


@pytest.mark.parametrize(("n", "d"), [(N, D), (10_000, 1_000), (1_000_000, 100_000)])
def test_largest_k_is_the_last_integer_that_satisfies_the_inequality(n, d):
    k = np.arange(1, d + 1)
    assert int(packing.largest_k(n, d, "cubic")) == np.count_nonzero(k * np.log(n / k) <= d / 24)


@pytest.mark.parametrize(("n", "d"), [(1_000_000, 300), (10_000, 10_000), (10_000, 100_000)])
def test_infeasible_sizes_are_nan(n, d):
    assert np.isnan(packing.largest_k(n, d, "cubic"))
    assert np.isnan(packing.best_k(n, d, 1.0, "cubic"))
    assert np.isnan(packing.critical_alpha(n, d, "cubic"))
    assert np.isnan(packing.interference_bound([1.0, 2.0], n, d, "cubic")).all()


@pytest.mark.parametrize("form", packing.FORMS)
@pytest.mark.parametrize("alpha", [0.5, 2.0, 3.0])
def test_slope_agrees_with_finite_differences(form, alpha):
    k = np.geomspace(1.5, 50.0, 40)
    step = 1e-5
    up = packing.log_loss(k * np.exp(step), N, D, alpha, form)
    down = packing.log_loss(k * np.exp(-step), N, D, alpha, form)
    slope = packing.log_loss_slope(k, N, D, alpha, form)
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("form", packing.FORMS)
@pytest.mark.parametrize("alpha", [0.5, 1.0, 2.0, 2.1, 2.3, 2.5, 4.0])
def test_best_k_is_the_lowest_point_of_a_dense_grid(form, alpha):
    k = np.geomspace(1.0, packing.largest_k(N, D, form), 20_001)
    y = k * np.log(N / k) / D
    eps = np.sqrt(y) if form == "simple" else cubic_root(np.minimum(4.0 * y, 1.0 / 6.0))
    lowest = k[np.argmin(-np.log(k) + alpha * np.log(eps))]
    assert packing.best_k(N, D, alpha, form) == pytest.approx(lowest, rel=2e-3)


@pytest.mark.parametrize(("n", "d"), [(N, D), (10_000, 300), (1_000_000, 100_000)])
def test_critical_alpha_separates_one_factor_from_more(n, d):
    critical = packing.critical_alpha(n, d, "cubic")
    assert packing.best_k(n, d, critical - 1e-6, "cubic") > 1.0
    assert packing.best_k(n, d, critical + 1e-6, "cubic") == 1.0


def test_simple_stationary_point_is_where_finite_differences_vanish():
    star = N * np.exp(3.0 / (2.0 - 3.0))
    k = star * np.exp(np.array([-1e-4, 0.0, 1e-4]))
    low, middle, high = packing.log_loss(k, N, D, 3.0, "simple")
    assert abs(high - low) / 2e-4 < 1e-6
    assert middle > max(low, high)


@pytest.mark.parametrize(("n", "d"), [(12, 6), (24, 5), (9, 8)])
def test_harmonic_frame_is_tight_with_unit_vectors(n, d):
    frame = packing.harmonic_frame(n, d)
    np.testing.assert_allclose(np.linalg.norm(frame, axis=1), 1.0)
    np.testing.assert_allclose(frame.T @ frame, n / d * np.eye(d), atol=1e-12)
    assert packing.frame_energy(frame, 2.0) == pytest.approx(n**2 / d - n)


def test_orthogonal_pairs_are_those_of_a_double_loop():
    rng = np.random.default_rng(0)
    vectors = packing.tegum_product([packing.random_vectors(4, 3, rng) for _ in range(3)])
    counted = sum(
        abs(float(a @ b)) < 1e-9
        for i, a in enumerate(vectors)
        for j, b in enumerate(vectors)
        if i != j
    )
    assert packing.orthogonal_pairs(vectors) == counted == 12**2 * (3 - 1) // 3


def test_frame_energy_is_the_double_sum():
    vectors = packing.random_vectors(5, 3, np.random.default_rng(1))
    ordered = permutations(vectors, 2)
    total = sum(abs(float(first @ second)) ** 1.7 for first, second in ordered)
    assert packing.frame_energy(vectors, 1.7) == pytest.approx(total)


def test_energy_of_a_repeated_basis_does_not_depend_on_alpha():
    energies = [packing.frame_energy(packing.repeated_basis(12, 4), a) for a in (0.5, 2.0, 5.0)]
    assert energies == [12 * (12 / 4 - 1)] * 3


def test_minimisation_ends_at_a_stationary_point_below_its_start():
    start = packing.random_vectors(8, 3, np.random.default_rng(2))
    best = packing.least_energy(start, 3.0)
    energy = packing.frame_energy(best, 3.0)
    assert energy < packing.frame_energy(start, 3.0)
    np.testing.assert_allclose(np.linalg.norm(best, axis=1), 1.0)
    rng = np.random.default_rng(3)
    for _ in range(20):
        moved = best + 1e-3 * rng.normal(size=best.shape)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        assert packing.frame_energy(moved, 3.0) >= energy - 1e-8


def test_components_counts_orthogonal_groups():
    assert packing.components(packing.repeated_basis(12, 4)) == 4
    halves = packing.tegum_product([packing.harmonic_frame(5, 3)] * 2)
    assert packing.components(halves) == 2


def test_best_k_falls_as_alpha_rises():
    found = [packing.best_k(N, D, alpha, "cubic") for alpha in (0.5, 1.0, 1.5, 2.0, 2.1, 2.2)]
    assert all(first > second for first, second in pairwise(found))
