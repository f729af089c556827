"""Closed forms of toy models against quadrature, Monte Carlo and finite search."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize

from tegum.synthetic.quadrature import QuadratureStream, product_rule
from tegum.theory import toy as toy_loss

RATIOS, DENSITIES = (0.2, 1.0, 5.0), (1.0, 0.4, 0.05)


def relu_loss(w, b, importance, p, nodes=40):
    points, mass = product_rule(np.full(len(w), p), nodes)
    return mass @ ((points - np.maximum(points @ w @ w.T + b, 0)) ** 2 @ importance)


def test_a_rule_is_exact_for_polynomials_and_sums_to_one():
    p = np.array([0.3, 1.0, 0.05])
    points, mass = product_rule(p, 4)
    assert mass.sum() == pytest.approx(1)
    assert mass @ points == pytest.approx(p / 2)
    assert mass @ points.prod(1) == pytest.approx((p / 2).prod())
    assert mass @ points**5 == pytest.approx(p / 6)


def test_a_truncated_rule_has_the_probability_of_few_active_features():
    p = np.full(5, 0.2)
    points, mass = product_rule(p, 3, max_active=2)
    chance = sum(c * 0.2**k * 0.8 ** (5 - k) for k, c in ((0, 1), (1, 5), (2, 10)))
    assert mass.sum() == pytest.approx(chance)
    assert (points > 0).sum(1).max() == 2


def test_quadrature_agrees_with_monte_carlo_also_through_a_relu():
    rng = np.random.default_rng(0)
    w, b, p = rng.normal(size=(3, 2)), rng.normal(size=3) / 4, np.array([0.2, 0.6, 1.0])
    x = rng.uniform(size=(400_000, 3)) * (rng.uniform(size=(400_000, 3)) < p)

    def error(points):
        return ((points - np.maximum(points @ w @ w.T + b, 0)) ** 2).sum(1)

    points, mass = product_rule(p, 12)
    sampled = error(x)
    spread = 4 * sampled.std() / np.sqrt(len(x))
    assert mass @ error(points) == pytest.approx(sampled.mean(), abs=spread + 1e-3)


def test_a_quadrature_stream_gives_every_cell_its_own_weights():
    chances = np.array([[0.1, 0.5], [1.0, 0.2]])
    points, mass = QuadratureStream(chances, 3).batch(7)
    for cell in range(2):
        expected = product_rule(chances[cell], 3)
        np.testing.assert_allclose(points[cell], expected[0], atol=1e-7)
        np.testing.assert_allclose(mass[cell], expected[1], rtol=1e-6)


@pytest.mark.parametrize("r", RATIOS)
@pytest.mark.parametrize("p", DENSITIES)
def test_candidates_of_two_features_are_the_losses_of_their_solutions(r, p):
    importance = np.array([1.0, r])
    mean = p / 2
    solutions = [
        ([[1.0], [0.0]], [0, mean]),
        ([[0.0], [1.0]], [mean, 0]),
        ([[1.0], [-1.0]], [0, 0]),
    ]
    found = toy_loss.candidates_2(r, p)
    for value, (w, b) in zip(found, solutions, strict=True):
        assert value == pytest.approx(relu_loss(np.array(w), b, importance, p, 100), rel=1e-3)


@pytest.mark.parametrize("r", RATIOS)
@pytest.mark.parametrize("p", DENSITIES)
def test_candidates_of_three_features_are_the_losses_of_their_solutions(r, p):
    importance, mean = np.array([1.0, 1.0, r]), p / 2
    solutions = [
        ([[1, 0], [0, 1], [0, 0]], [0, 0, mean]),
        ([[1, 0], [0, 0], [0, 1]], [0, mean, 0]),
        ([[1, 0], [0, 1], [-1, 0]], [0, 0, 0]),
        ([[1, 0], [-1, 0], [0, 1]], [0, 0, 0]),
    ]
    found = toy_loss.candidates_3(r, p)
    for value, (w, b) in zip(found, solutions, strict=True):
        assert value == pytest.approx(relu_loss(np.array(w, float), b, importance, p, 20), rel=2e-2)


@pytest.mark.parametrize("p", DENSITIES)
def test_the_same_sign_solution_is_the_best_of_its_kind(p):
    points, mass = product_rule(np.full(2, p), 4)

    def loss(c):
        return mass @ ((points - c[0] ** 2 * points.sum(1, keepdims=True)) ** 2).sum(1)

    best = minimize(loss, [0.6], method="Nelder-Mead")
    assert best.fun == pytest.approx(toy_loss.candidates_2_unbiased(1.0, p)[3], rel=1e-6)
    assert best.x[0] ** 2 == pytest.approx(0.5, abs=1e-3)


def test_one_active_feature_costs_what_numerical_integration_says():
    rng = np.random.default_rng(1)
    w, b, importance = rng.normal(size=(5, 2)) / 1.5, rng.normal(size=5) / 3, rng.uniform(size=5)

    def error(x, i, j):
        target = x if i == j else 0.0
        return importance[j] * (target - max(w[i] @ w[j] * x + b[j], 0)) ** 2

    total = 0.0
    for i in range(5):
        for j in range(5):
            kink = -b[j] / (w[i] @ w[j])
            points = [kink] if 0 < kink < 1 else None
            total += quad(error, 0, 1, args=(i, j), points=points)[0]
    assert toy_loss.one_sparse_loss(w, b, importance) == pytest.approx(total, rel=1e-8)


def test_in_the_sparse_limit_the_loss_is_that_of_no_and_of_one_active_feature():
    rng = np.random.default_rng(4)
    w, b, importance = rng.normal(size=(3, 2)), rng.normal(size=3) / 3, rng.uniform(size=3)
    one = toy_loss.one_sparse_loss(w, b, importance)
    none = importance @ np.maximum(b, 0) ** 2
    for p in (1e-3, 1e-4):
        expansion = (1 - p) ** 3 * none + p * (1 - p) ** 2 * one
        assert relu_loss(w, b, importance, p) == pytest.approx(
            expansion, abs=10 * p**2, rel=1e-3 * p
        )


def test_without_biases_it_is_feature_benefit_plus_interference():
    rng = np.random.default_rng(2)
    w, importance = rng.normal(size=(3, 6, 2)) / 2, rng.uniform(size=6)
    parts = toy_loss.benefit(w, importance) + toy_loss.interference(w, importance)
    whole = toy_loss.one_sparse_loss(w, np.zeros((3, 6)), importance)
    np.testing.assert_allclose(whole, parts)


def test_interference_of_opposite_directions_is_free():
    assert toy_loss.interference([[1.0], [-1.0]], np.ones(2)) == 0
    assert toy_loss.interference([[1.0], [1.0]], np.ones(2)) == pytest.approx(2 / 3)


def test_the_null_loss_is_the_variance():
    x = np.random.default_rng(3)
    drawn = x.uniform(size=400_000) * (x.uniform(size=400_000) < 0.3)
    assert toy_loss.null_loss([0.3, 1.0], [2.0, 0.0]) == pytest.approx(2 * drawn.var(), rel=0.01)


def test_trained_solutions_of_two_features_are_named_by_norm_and_sign():
    w = np.array([[1, 0.1], [0.2, -1], [1, -0.9], [-1, -0.8], [0.1, 0.2]])[..., None]
    names = [toy_loss.SOLUTIONS_2[i] for i in toy_loss.solution_2(w, 0.5)]
    assert names == [*toy_loss.SOLUTIONS_2]


def test_trained_solutions_of_three_features_are_named_by_their_pairs():
    w = np.array(
        [
            [[1, 0], [0, 1], [0, 0.1]],
            [[0, 0.1], [1, 0], [0, 1]],
            [[0, 1], [1, 0], [0, -1]],
            [[1, 0], [-1, 0.1], [0, 1]],
            [[1, 0], [-0.5, 0.87], [-0.5, -0.87]],
        ]
    )
    names = [toy_loss.SOLUTIONS_3[i] for i in toy_loss.solution_3(w, 0.5)]
    assert names == [*toy_loss.SOLUTIONS_3]


def test_an_attack_on_antipodal_pairs_does_twice_the_harm_of_one_on_dedicated_features():
    """Squared output change: the row [1, -1] has the squared norm 2, a unit row 1."""
    inputs = np.zeros((1, 4))
    dedicated = toy_loss.vulnerability(np.eye(4, 2), np.zeros(4), inputs, 0.1)
    pairs = np.array([[1, 0], [-1, 0], [0, 1], [0, -1.0]])
    assert dedicated == pytest.approx(0.01)
    assert toy_loss.vulnerability(pairs, np.zeros(4), inputs, 0.1) == pytest.approx(0.02)
    assert toy_loss.vulnerability(np.zeros((4, 2)), np.zeros(4), inputs, 0.1) == 0
