"""The study `interaction_basis`: bases, attributions, edges and ablations."""

import numpy as np
import pytest
import torch
import xarray as xr
from study_setup import smoke_build

from tegum.errors import TegumError
from tegum.labels import at
from tegum.ledger.findings import judged
from tegum.metrics import interactions as metrics
from tegum.studies.interaction_basis import claims
from tegum.studies.interaction_basis.rows import one_model

RNG = np.random.default_rng(0)
HIDDEN = RNG.standard_normal((300, 5)) @ RNG.standard_normal((5, 5))
WEIGHTS = RNG.standard_normal((3, 5))


def function(h):
    return np.tanh(h @ WEIGHTS.T)


def jacobian(h):
    return (1 - np.tanh(h @ WEIGHTS.T) ** 2)[..., None] * WEIGHTS


def test_the_basis_makes_the_mean_square_jacobian_and_the_covariance_known():
    """In its coordinates the covariance is S and the mean J^T J the identity."""
    basis = metrics.interaction_basis(HIDDEN, jacobian(HIDDEN))
    assert basis.read @ basis.write == pytest.approx(np.eye(3), abs=1e-9)
    turned = jacobian(HIDDEN) @ basis.write
    metric = np.einsum("soi,soj->ij", turned, turned) / len(HIDDEN)
    assert metric == pytest.approx(np.eye(3), abs=1e-8)
    covariance = np.cov((HIDDEN @ basis.read.T).T, bias=True)
    assert covariance == pytest.approx(np.diag(basis.eigenvalues), abs=1e-8)


def test_every_basis_that_spans_the_layer_gives_the_activations_back():
    centred = HIDDEN - HIDDEN.mean(0)
    full = metrics.interaction_basis(HIDDEN, np.broadcast_to(np.eye(5), (300, 5, 5)))
    for basis in (
        metrics.neuron_basis(HIDDEN),
        metrics.pca_basis(HIDDEN),
        full,
        metrics.turned_basis(full, 3),
    ):
        assert centred @ basis.read.T @ basis.write.T == pytest.approx(centred, abs=1e-8)


def test_directions_of_nothing_are_dropped():
    flat = np.concatenate([HIDDEN, np.zeros((300, 2))], 1)
    assert metrics.pca_basis(flat).read.shape == (5, 7)
    wide = np.concatenate([jacobian(HIDDEN), np.ones((300, 3, 2))], 2)
    assert metrics.interaction_basis(flat, wide).read.shape == (3, 7)


def test_attributions_are_integrals_of_autograds_gradients():
    middle = HIDDEN.mean(0)
    mean = metrics.mean_jacobian(jacobian, HIDDEN[:4], middle, 64)
    found = metrics.attributions(mean, HIDDEN[:4], middle, metrics.neuron_basis(HIDDEN))
    order = np.argsort(-HIDDEN.var(0), kind="stable")
    weights = torch.from_numpy(WEIGHTS)
    for sample in range(4):
        total = torch.zeros(3, 5, dtype=torch.float64)
        for point in range(64):
            at = torch.from_numpy(middle + (point + 0.5) / 64 * (HIDDEN[sample] - middle))
            total += torch.autograd.functional.jacobian(lambda h: torch.tanh(weights @ h), at) / 64
        expected = total.numpy() * (HIDDEN[sample] - middle)
        assert found[sample] == pytest.approx(expected[:, order], abs=1e-9)


def test_attributions_are_complete_in_every_basis_that_reads_what_the_map_reads():
    middle = HIDDEN.mean(0)
    mean = metrics.mean_jacobian(jacobian, HIDDEN, middle, 400)
    change = function(HIDDEN) - function(middle[None])
    local = metrics.interaction_basis(HIDDEN, jacobian(HIDDEN))
    for basis in (metrics.pca_basis(HIDDEN), local, metrics.turned_basis(local, 1)):
        total = metrics.attributions(mean, HIDDEN, middle, basis).sum(-1)
        assert total == pytest.approx(change, abs=1e-3)


def test_numbers_of_edges_and_mass_between_modules_of_known_matrices():
    even = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, 2.0]])
    assert metrics.edge_number(even) == pytest.approx(2.0)
    assert metrics.edge_number(np.eye(3)) == pytest.approx(1.0)
    assert metrics.off_block(even, np.array([0, 1])) == pytest.approx(0.0)
    assert metrics.off_block(np.ones((2, 2)), np.array([0, 1])) == pytest.approx(0.5)


def test_the_overlap_of_a_subspace_does_not_depend_on_how_it_is_written():
    relevant = np.linalg.qr(RNG.standard_normal((6, 2)))[0]
    mixed = np.array([[2.0, 0.3], [-1.0, 0.5]]) @ relevant.T
    assert metrics.overlap(mixed, relevant) == pytest.approx(1.0)
    other = np.linalg.qr(np.concatenate([relevant, RNG.standard_normal((6, 2))], 1))[0][:, 2:]
    assert metrics.overlap(other.T, relevant) == pytest.approx(0.0, abs=1e-12)


def test_ablation_keeps_everything_with_all_directions_that_matter():
    local = metrics.interaction_basis(HIDDEN, jacobian(HIDDEN))
    losses = metrics.ablation_losses(function, HIDDEN, local)
    middle = function(HIDDEN.mean(0)[None])
    outputs = function(HIDDEN)
    none = np.square(middle - outputs).sum() / np.square(outputs - outputs.mean(0)).sum()
    assert losses[0] == pytest.approx(none) and losses[-1] == pytest.approx(0.0, abs=1e-12)


def test_models_that_are_not_there_are_named():
    rows = {"a.b": xr.Dataset(coords={"seed": ("cell", [0, 1]), "frozen": ("cell", [True, False])})}
    assert int(one_model(rows, "a.b", seed=1, frozen=False)["seed"]) == 1
    with pytest.raises(TegumError, match=r"0 rows of a\.b with seed = 1"):
        one_model(rows, "a.b", seed=1, frozen=True)


def test_the_study_at_smoke_scale():
    built = smoke_build("interaction_basis")
    found = {c.id: c for c in judged("interaction_basis", "smoke", claims, built.measured)}
    for name in ("j1_number", "j3_invariant", "j3_number", "j4_linear", "j4_modules"):
        assert found[f"interaction_basis.{name}"].verdict == "holds", name
    planted = built.measured["planted"]["subspace_overlap"]
    assert (at(planted, method="lib") > 0.999).all() and (at(planted, method="pca") < 0.6).all()
    for sweep in ("gates", "features"):
        ds = built.measured[sweep]
        assert np.isfinite(ds["edge_number"]).all()
        kept = at(ds["n_directions"], method="lib").astype(int)
        last = at(ds["ablation_loss"], method="lib").isel(n_kept=kept)
        assert (np.abs(last) < 1e-6).all()
