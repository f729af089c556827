"""The study `circuits_in_superposition`: network and laws against independent computation."""

import numpy as np
import pytest
import xarray as xr
from study_setup import smoke_build

from tegum.ledger.findings import judged
from tegum.models.shared_network import SharedNetwork, embedding, parts
from tegum.studies.circuits_in_superposition import claims
from tegum.studies.circuits_in_superposition.claims.conditions import capacities
from tegum.synthetic.rotations import rotations, use_probabilities, uses
from tegum.theory import circuits as theory


def _network(circuits, count, width, redundancy, *, gated, seed=0):
    return SharedNetwork(
        circuits.turned,
        n_circuits=count,
        depth=len(circuits.angles),
        width=width,
        redundancy=redundancy,
        gated=gated,
        seed=seed,
    )


@pytest.mark.parametrize("fan_in", [None, 3])
def test_the_network_is_one_dense_matrix_per_layer(fan_in):
    """E W U written out as a matrix of neurons by neurons."""
    count, width, redundancy = 9, 40, 2
    circuits = rotations(count, 2, fan_in, 1.0, seed=1)
    inputs = uses(circuits, 2, samples=5, seed=2)
    found = _network(circuits, count, width, redundancy, gated=False).run(
        inputs.points[0], inputs.active
    )
    rng = np.random.default_rng(0)
    tables = [embedding(count, width, redundancy, rng).toarray() for _ in range(3)]
    sign = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    hidden = tables[0] @ np.maximum(parts(inputs.points[0]), 0.0).reshape(4 * count, -1)
    for layer in range(2):
        small = np.zeros((4 * count, 4 * count))
        for t in range(count):
            cos, sin = (f(circuits.angles[layer, t]) for f in (np.cos, np.sin))
            turn = sign.T @ np.array([[cos, -sin], [sin, cos]]) @ sign
            for s in np.flatnonzero(circuits.parents[layer].toarray()[t]):
                small[4 * t : 4 * t + 4, 4 * s : 4 * s + 4] = turn
        matrix = tables[layer + 1] @ small @ tables[layer].T / redundancy
        hidden = np.maximum(matrix @ hidden, 0.0)
    read = (tables[2].T @ hidden / redundancy).reshape(count, 4, -1)
    np.testing.assert_allclose(found[2], np.einsum("ij,tjs->tis", sign, read), atol=1e-12)


def test_circuits_that_fit_beside_each_other_are_exact_and_leak_nothing():
    circuits = rotations(6, 3, None, 0.0, seed=0)
    inputs = uses(circuits, 2, samples=4, seed=1)
    for gated in (False, True):
        found = _network(circuits, 6, 48, 2, gated=gated).run(inputs.points[0], inputs.active)
        np.testing.assert_allclose(np.stack(found), inputs.points, atol=1e-12)


def test_embeddings_keep_a_circuit_apart_from_itself_and_load_neurons_evenly():
    table = embedding(20, 64, 4, np.random.default_rng(0)).toarray()
    by_circuit = table.reshape(64, 20, 4).sum(2)
    assert by_circuit.max() == 1
    assert (by_circuit.sum(0) == 16).all()
    assert np.ptp(by_circuit.sum(1)) <= 1


def test_points_keep_their_length_in_parallel_and_only_active_circuits_hold_any():
    circuits = rotations(10, 4, None, 0.0, seed=0)
    inputs = uses(circuits, 3, samples=6, seed=1)
    length = (inputs.points**2).sum(2)
    np.testing.assert_allclose(length, inputs.active.astype(float), atol=1e-12)
    assert (inputs.active.sum(1) == 3).all()


def test_in_series_each_active_circuit_has_an_active_parent():
    circuits = rotations(30, 3, 4, 1.0, seed=0)
    inputs = uses(circuits, 5, samples=8, seed=1)
    for layer in range(3):
        table = circuits.parents[layer]
        assert (table.sum(1) == 4).all()
        fed = table @ inputs.active[layer].astype(float)
        assert (fed[inputs.active[layer + 1]] >= 1).all()
    assert (inputs.active[-1].sum(0) == 5).all()


def test_use_follows_zipfs_law():
    chances = use_probabilities(100, 1.0)
    assert chances.sum() == pytest.approx(1.0)
    assert chances[0] / chances[9] == pytest.approx(10.0)
    np.testing.assert_allclose(use_probabilities(4, 0.0), 0.25)


def test_leak_and_error_are_those_of_simulated_networks():
    """The law after one layer, on networks with other sizes than the study's."""
    count, width, redundancy, active = 600, 1200, 3, 4
    circuits = rotations(count, 1, None, 0.0, seed=5)
    inputs = uses(circuits, active, samples=80, seed=6)
    found = _network(circuits, count, width, redundancy, gated=True).run(
        inputs.points[0], inputs.active
    )
    apart = np.moveaxis(found[1] - inputs.points[1], 1, -1)
    meet = theory.meeting(count, width, redundancy)
    error, leaked = theory.errors(
        gated=True,
        n_circuits=count,
        n_active=np.full(2, float(active)),
        power=np.ones(2),
        width=width,
        meet=meet,
    )
    inactive = np.moveaxis(found[1], 1, -1)[~inputs.active[1]]
    assert (inactive**2).mean() == pytest.approx(leaked[1], rel=0.15)
    assert (apart[inputs.active[1]] ** 2).mean() == pytest.approx(error[1], rel=0.3)


def test_a_shared_neuron_costs_what_two_random_points_cost():
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, (2, 400_000))
    a, b = np.abs(np.cos(angle[0])), np.cos(angle[1])
    read = np.maximum(a + b, 0) - a, np.maximum(-a + b, 0)
    assert theory.shared_neuron() == pytest.approx((read[0] ** 2 + read[1] ** 2).mean(), rel=0.01)


def test_capacity_is_where_the_error_of_the_law_crosses():
    full = theory.capacity(0.3, n_active=3, width=1024, depth=2, redundancy=4)
    sizes = {"n_active": np.full(3, 3.0), "power": np.ones(3), "width": 1024, "gated": True}
    found = [
        theory.errors(n_circuits=int(t), meet=theory.meeting(int(t), 1024, 4), **sizes)[0][-1]
        for t in (0.98 * full, 1.02 * full)
    ]
    assert found[0] < 0.3**2 / 2 < found[1]


def test_crossing_is_read_between_neighbours_in_logarithms():
    errors = np.array([[0.1, 0.9], [0.2, 0.25]])[..., None]
    ds = xr.Dataset(
        {"circuit_err": (("width", "n_circuits", "layer"), errors)},
        {"width": [1, 2], "n_circuits": [10, 1000], "layer": [0]},
    )
    found = capacities(ds).values
    assert found[0] == pytest.approx(100.0)
    assert np.isnan(found[1])


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("circuits_in_superposition")


def test_smoke_data_are_judged_and_nothing_is_concluded_from_two_seeds(smoke):
    found = judged("circuits_in_superposition", "smoke", claims, smoke.measured)
    assert {c.verdict for c in found if c.kind == "statistical"} == {"inconclusive"}


def test_a_gate_lowers_what_inactive_circuits_hold(smoke):
    leaked = smoke.measured["depth"].leakage.isel(layer=-1)
    assert (leaked.sel(gated=True) < leaked.sel(gated=False)).all()
