"""Closed forms of the quadratic model against enumeration, sampling and numerical optimisation."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import brentq, minimize

from tegum.metrics.capacity import capacities
from tegum.theory import quadratic as theory
from tegum.theory import quadratic_checks as checks


def enumerated_loss(embeddings, values, kurtosis):
    """Variance of the error over all inputs in {-s, 0, s}^N, s = sqrt(kurtosis)."""
    x = np.array(list(product((-1.0, 0.0, 1.0), repeat=len(values)))) * np.sqrt(kurtosis)
    weight = np.where(x == 0.0, 1.0 - 1.0 / kurtosis, 0.5 / kurtosis).prod(1)
    error = ((x @ embeddings) ** 2).sum(1) - x**2 @ values
    mean = weight @ error
    return weight @ (error - mean) ** 2


@pytest.mark.parametrize("kurtosis", [1.0, 1.5, 3.0, 12.0])
def test_loss_is_the_enumerated_one(kurtosis):
    rng = np.random.default_rng(0)
    embeddings, values = rng.normal(size=(5, 3)), rng.uniform(0.2, 2.0, 5)
    found = theory.quadratic_loss(embeddings, values, kurtosis)
    assert found == pytest.approx(enumerated_loss(embeddings, values, kurtosis), rel=1e-12)


def test_loss_is_the_sampled_one():
    rng = np.random.default_rng(1)
    embeddings, values = rng.normal(size=(8, 3)), rng.uniform(0.2, 2.0, 8)
    mean, error = checks.sampled_loss(embeddings, values, 6.0, seed=1)
    found = theory.quadratic_loss(embeddings, values, 6.0)
    assert abs(mean - found) < 4 * error < 0.2 * found


def test_null_loss_is_the_loss_without_embedding():
    values = np.array([1.0, 0.5, 2.0])
    none = theory.quadratic_loss(np.zeros((3, 2)), values, 7.0)
    assert theory.null_loss(values, 7.0) == pytest.approx(none)


@pytest.mark.parametrize("kurtosis", [1.4, 3.0, 3.5, 40.0])
@pytest.mark.parametrize("capacity", [0.05, 0.5, 1.0])
def test_feature_loss_is_the_least_over_norms(kurtosis, capacity):
    found = theory.feature_loss(capacity, 1.3, kurtosis)
    least = checks.least_feature_loss(capacity, 1.3, kurtosis)
    assert found == pytest.approx(least, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("kurtosis", [1.4, 3.0, 3.5, 40.0])
def test_returns_are_slopes(kurtosis):
    c, h = np.linspace(0.1, 0.9, 9), 1e-6
    returns = theory.marginal_return(c, 0.7, kurtosis)
    np.testing.assert_allclose(returns, checks.return_of_minima(c, 0.7, kurtosis), rtol=1e-6)
    gain = [theory.marginal_return(c + s * h, 0.7, kurtosis) for s in (-1, 1)]
    slope = theory.return_slope(c, 0.7, kurtosis)
    np.testing.assert_allclose(slope, (gain[1] - gain[0]) / (2 * h), rtol=1e-5, atol=1e-8)
    assert np.all(np.sign(slope) == np.sign(3.0 - kurtosis))


@pytest.mark.parametrize("kurtosis", [3.2, 5.0, 30.0])
@pytest.mark.parametrize(("n", "hidden"), [(6, 2), (9, 4), (3, 1)])
def test_water_filling_is_the_constrained_minimum(n, hidden, kurtosis):
    values = 0.8 ** np.arange(n)

    def loss(c):
        return theory.feature_loss(c, values, kurtosis).sum()

    best = minimize(
        loss,
        np.full(n, hidden / n),
        jac=lambda c: -theory.marginal_return(c, values, kurtosis),
        method="SLSQP",
        bounds=[(0.0, 1.0)] * n,
        constraints={"type": "eq", "fun": lambda c: c.sum() - hidden},
        options={"ftol": 1e-15, "maxiter": 1000},
    )
    found, level = theory.water_filling(values, hidden, kurtosis)
    assert found.sum() == pytest.approx(hidden, abs=1e-12)
    np.testing.assert_allclose(found, best.x, atol=1e-5)
    partial = (found > 0) & (found < 1)
    np.testing.assert_allclose(
        theory.marginal_return(found, values, kurtosis)[partial], level, rtol=1e-12
    )


@pytest.mark.parametrize("kurtosis", [1.5, 2.9, 3.0])
def test_without_diminishing_returns_the_most_valuable_take_all(kurtosis):
    values = np.array([0.5, 0.9, 0.7])
    grid = np.linspace(0.0, 1.0, 41)
    splits = np.array([s for s in product(grid, repeat=3) if abs(sum(s) - 1.0) < 1e-9])
    best = splits[theory.feature_loss(splits, values, kurtosis).sum(1).argmin()]
    found, _ = theory.water_filling(values, 1, kurtosis)
    np.testing.assert_array_equal(found, best)


def test_as_many_dimensions_as_features_dedicate_all():
    capacity, level = theory.water_filling([1.0, 0.5], 2, 9.0)
    np.testing.assert_array_equal(capacity, 1.0)
    assert level == pytest.approx(0.5)


@pytest.mark.parametrize("kurtosis", [5.0, 10.0])
def test_the_least_loss_of_any_weights_is_that_of_the_water_filling(kurtosis):
    rng, values = np.random.default_rng(2), 0.8 ** np.arange(6)

    def loss(flat):
        return float(theory.quadratic_loss(flat.reshape(6, 2), values, kurtosis))

    runs = [minimize(loss, rng.normal(size=12), options={"gtol": 1e-9}) for _ in range(8)]
    best = min(runs, key=lambda run: run.fun)
    capacity, level = theory.water_filling(values, 2, kurtosis)
    expected = theory.feature_loss(capacity, values, kurtosis).sum()
    assert best.fun == pytest.approx(expected, rel=1e-7)
    weights = best.x.reshape(6, 2)
    spectrum = theory.optimal_spectrum(values, capacity, level, 2)
    np.testing.assert_allclose(np.linalg.eigvalsh(weights.T @ weights)[::-1], spectrum, rtol=1e-3)
    np.testing.assert_allclose(capacities(best.x.reshape(6, 2)), capacity, atol=1e-3)


@pytest.mark.parametrize("kurtosis", [1.2, 2.5, 3.0, 4.0, 11.0])
@pytest.mark.parametrize("ratio", [0.15, 0.45, 0.9, 1.2, 3.0, 7.0])
def test_two_features_split_as_a_dense_grid_says(ratio, kurtosis):
    c = np.linspace(0.0, 1.0, 20_001)
    both = theory.feature_loss(1.0 - c, 1.0, kurtosis) + theory.feature_loss(c, ratio, kurtosis)
    assert theory.two_features(ratio, kurtosis) == pytest.approx(c[both.argmin()], abs=1e-4)


@pytest.mark.parametrize("kurtosis", [4.0, 8.0])
def test_sharing_begins_at_the_two_boundaries(kurtosis):
    a = kurtosis - 1.0
    for edge, outside in ((2.0 / a, 0.0), (a / 2.0, 1.0)):
        inward = 1e-6 * (1.0 - 2.0 * outside)
        assert theory.two_features(edge - inward, kurtosis) == outside
        assert 0.0 < theory.two_features(edge + inward, kurtosis) < 1.0


def flattened_loss(x, kurtosis, strength):
    capacity = capacities(x[:, None])
    penalty = strength * (capacity * (1.0 - capacity)).sum()
    return float(theory.quadratic_loss(x[:, None], np.ones(2), kurtosis)) + penalty


def least_curvature(x, kurtosis, strength, step=1e-3):
    """Smallest eigenvalue of the Hessian of the penalised loss, by central differences."""
    hessian = np.empty((2, 2))
    for i, j in np.ndindex(2, 2):
        e, f = step * np.eye(2)[i], step * np.eye(2)[j]
        corners = [x + e + f, x + e - f, x - e + f, x - e - f]
        values = [flattened_loss(corner, kurtosis, strength) for corner in corners]
        hessian[i, j] = (values[0] - values[1] - values[2] + values[3]) / (4.0 * step**2)
    return np.linalg.eigvalsh(hessian)[0]


@pytest.mark.parametrize("kurtosis", [4.0, 6.0, 10.0])
def test_flattening_strengths_are_where_the_hessian_turns(kurtosis):
    a = kurtosis - 1.0
    dedicated, equal, shared = theory.flattening_strengths(kurtosis)
    one, both = np.array([1.0, 0.0]), np.full(2, np.sqrt(a / (a + 2.0)))
    for state, expected in ((one, dedicated), (both, shared)):
        turn = brentq(lambda s, x=state: least_curvature(x, kurtosis, s), 0.0, 2.0 * shared)
        assert turn == pytest.approx(expected, rel=1e-3)
    losses = [flattened_loss(state, kurtosis, equal) for state in (one, both)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-12)
    assert dedicated < equal < shared < theory.envelope_strength(1.0, kurtosis)


def test_envelope_strength_makes_relaxed_returns_flat_or_rising():
    c, strength = np.linspace(0.0, 1.0, 101), theory.envelope_strength(0.9, 7.0)
    relaxed = theory.marginal_return(c, 0.9, 7.0) + strength * (2.0 * c - 1.0)
    assert np.all(np.diff(relaxed) > -1e-12)
    weaker = theory.marginal_return(c, 0.9, 7.0) + 0.9 * strength * (2.0 * c - 1.0)
    assert np.any(np.diff(weaker) < 0.0)


def test_the_monosemantic_state_is_a_saddle_of_the_stated_curvature():
    values, kurtosis = 0.9 ** np.arange(5), 8.0
    state = np.zeros((5, 2))
    state[[0, 1], [0, 1]] = np.sqrt(values[:2])
    gradient, curvature = checks.slopes(state, values, kurtosis, [False, False, True, True, True])
    assert gradient == pytest.approx(0.0, abs=1e-6)
    assert curvature == pytest.approx(theory.saddle_curvature(values, 2, kurtosis), rel=1e-5)
    assert curvature < 0
    ignored = theory.dedicated_loss(values, 2, kurtosis)
    assert theory.quadratic_loss(state, values, kurtosis) == pytest.approx(ignored)


def test_a_basis_direction_has_the_feature_s_own_return():
    rng, values = np.random.default_rng(3), np.array([1.0, 0.8, 0.3, 0.6])
    embeddings = rng.normal(size=(4, 2))
    capacity, found = theory.direction_return(np.eye(4), embeddings, values, 8.0)
    np.testing.assert_allclose(capacity, capacities(embeddings))
    np.testing.assert_allclose(found, theory.marginal_return(capacity, values, 8.0))


def test_direction_without_embedding_has_no_capacity():
    embeddings = np.array([[1.0], [1.0]])
    capacity, _ = theory.direction_return(np.array([1.0, -1.0]) / 2**0.5, embeddings, [1, 1], 8.0)
    assert capacity == 0.0


def test_an_added_neuron_gains_what_finite_differences_say():
    rng, values, kurtosis = np.random.default_rng(4), rng_values(), 9.0
    embeddings = rng.normal(size=(5, 2)) * 0.5
    best, own = theory.added_neuron(embeddings, values, kurtosis)

    def gain(q, eps=1e-4):
        more = np.concatenate([embeddings, eps * q[:, None]], axis=1)
        before = theory.quadratic_loss(embeddings, values, kurtosis)
        return (before - theory.quadratic_loss(more, values, kurtosis)) / eps**2

    np.testing.assert_allclose([gain(e) for e in np.eye(5)], own, rtol=1e-4)
    others = rng.normal(size=(200, 5))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    assert gain(best) >= max(gain(q) for q in [*others, *np.eye(5)]) - 1e-4


def rng_values():
    return np.array([1.0, 0.9, 0.7, 0.5, 0.4])
