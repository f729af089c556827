"""Polytopes and tegum products: found where they are, rotated or noisy, and nowhere else."""

import itertools

import numpy as np
import pytest
from scipy.linalg import block_diag

from tegum.metrics import geometry
from tegum.metrics.capacity import capacities

POLYTOPES = {
    "dedicated": np.ones((1, 1)),
    "digon": geometry.antipodal_pairs(1),
    "triangle": geometry.polygon(3),
    "tetrahedron": geometry.tetrahedron(),
    "pentagon": geometry.polygon(5),
    "square antiprism": geometry.square_antiprism(),
}


def turned(vectors, dimensions, seed, noise=0.0):
    """Rotated into more dimensions, with noise on the directions and any lengths."""
    rng = np.random.default_rng(seed)
    frame = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0][: vectors.shape[1]]
    found = vectors @ frame
    found = found + noise * rng.normal(size=found.shape) / np.sqrt(dimensions)
    return found * rng.uniform(0.95, 1.05, (len(found), 1))


def names_of(w, tolerance=0.1):
    codes = geometry.polytope_codes(w, np.ones(len(w), bool), 0.1, tolerance)
    return [geometry.NAMES[code] for code in codes]


@pytest.mark.parametrize(("dimensions", "noise"), [(6, 0.0), (4, 0.03)], ids=["exact", "noisy"])
@pytest.mark.parametrize("name", POLYTOPES)
def test_a_polytope_is_recognised_in_any_orientation_and_order(name, dimensions, noise):
    w = turned(POLYTOPES[name], dimensions, seed=2, noise=noise)
    assert set(names_of(np.random.default_rng(1).permutation(w))) == {name}


@pytest.mark.parametrize("name", POLYTOPES)
def test_dimensions_per_feature_of_a_polytope_are_its_fraction(name):
    np.testing.assert_allclose(capacities(POLYTOPES[name]), geometry.FRACTIONS[name], atol=1e-12)


def test_factors_of_a_tegum_product_are_recognised_one_by_one():
    parts = [POLYTOPES[n] for n in ("triangle", "digon", "pentagon", "tetrahedron", "dedicated")]
    w = turned(block_diag(*parts), 10, seed=4)
    expected = ["triangle"] * 3 + ["digon"] * 2 + ["pentagon"] * 5 + ["tetrahedron"] * 4
    assert names_of(w) == [*expected, "dedicated"]


def test_a_triangular_bipyramid_is_a_triangle_and_a_digon_and_no_polytope_of_five():
    w = block_diag(geometry.polygon(3), geometry.antipodal_pairs(1))
    member = geometry.components(w, np.ones(5, bool), 0.1)
    assert member.tolist() == [0, 0, 0, 1, 1]
    assert names_of(w) == ["triangle"] * 3 + ["digon"] * 2


@pytest.mark.parametrize("seed", range(5))
def test_random_directions_are_no_polytope(seed):
    w = np.random.default_rng(seed).normal(size=(24, 6))
    assert set(names_of(w)) == {"other"}


def test_equal_dimensionality_is_not_enough():
    """Four vectors in two dimensions have 1/2 each, as a digon has, in another arrangement."""
    angle = np.array([0.0, 0.4, np.pi / 2, np.pi / 2 + 0.4])
    w = np.stack([np.cos(angle), np.sin(angle)], 1)
    np.testing.assert_allclose(capacities(w), 1 / 2)
    assert set(names_of(w)) == {"other"}


def test_only_a_pentagon_has_the_cosines_of_a_pentagon():
    """Of all 252 ways to give its cosines to pairs of five vectors, only those of a cycle exist."""
    low, high = np.cos(4 * np.pi / 5), np.cos(2 * np.pi / 5)
    pairs = np.array(list(itertools.combinations(range(5), 2)))
    spectra = []
    for chosen in itertools.combinations(range(10), 5):
        gram = np.eye(5)
        gram[pairs[:, 0], pairs[:, 1]] = np.where(np.isin(np.arange(10), chosen), low, high)
        spectra.append(np.linalg.eigvalsh(gram, UPLO="U"))
    possible = np.array([s for s in spectra if s[0] > -1e-9])
    assert len(possible) == 12
    np.testing.assert_allclose(possible, [[0, 0, 0, 2.5, 2.5]] * 12, atol=1e-9)


def test_what_is_not_represented_belongs_to_no_component():
    w = np.concatenate([geometry.polygon(3), np.zeros((1, 2)), [[1e-3, 1e-3]]])
    on = np.linalg.norm(w, axis=1) > 0.5
    assert geometry.components(w, on, 0.1).tolist() == [0, 0, 0, -1, -1]
    codes = geometry.polytope_codes(w, on, 0.1, 0.1)
    assert [geometry.NAMES[c] for c in codes] == ["triangle"] * 3 + ["not represented"] * 2


def test_superposition_is_the_sum_over_the_others():
    w = np.random.default_rng(5).normal(size=(2, 6, 3))
    found = geometry.superposition(w)
    for model in range(2):
        for i in range(6):
            unit = w[model, i] / np.linalg.norm(w[model, i])
            total = sum((unit @ w[model, j]) ** 2 for j in range(6) if j != i)
            assert found[model, i] == pytest.approx(total)
    assert geometry.superposition(np.zeros((3, 2))).tolist() == [0, 0, 0]


def test_a_line_is_counted_against_the_denser_of_its_two_sides():
    values = [0.5, 0.504, 0.496, 0.4875, 0.5125, 0.5124, 0.7]
    assert geometry.line_counts(values, 0.5) == (3, 2)
