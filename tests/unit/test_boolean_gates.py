"""Gates in superposition: closed forms against brute force, layers, networks, the study's rows."""

from itertools import combinations

import numpy as np
import pytest
import torch
import xarray as xr
from study_setup import CONTEXT, smoke_build

from tegum.ledger.findings import judged
from tegum.metrics.compressed import naive_ratio, positive_eigenspace, share_inside
from tegum.metrics.constructed_gates import constructed_errors, estimates, gate_law, sampled
from tegum.metrics.gate_circuits import sum_readoffs
from tegum.metrics.gates import gate_errors, network_errors, participation
from tegum.models.gate_networks import CompressedReLU, GateNetwork
from tegum.models.gate_sections import Binary, Compressed, Gaussian
from tegum.models.random_layers import (
    GateWeights,
    gaussian_layer,
    listed_pairs,
    sparse_network,
    targeted_layer,
)
from tegum.studies.boolean_gates import claims
from tegum.studies.boolean_gates.fit import binary, gaussian
from tegum.synthetic.active_bits import ActiveBits, GateStream, blocks, cycled
from tegum.theory import gates as law

MANY = 300_000


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("boolean_gates")


@pytest.mark.parametrize("n_active", [2, 3, 7])
def test_case_moments_are_those_of_random_neurons(n_active):
    rng = np.random.default_rng(n_active)
    weights, rest = rng.standard_normal((MANY, 2)), rng.standard_normal(MANY)
    first, second = law.case_moments(n_active)
    for case, bits in enumerate(law.BITS):
        hidden = np.maximum(weights @ bits + np.sqrt(n_active - bits.sum()) * rest, 0)
        for pattern, signs in enumerate(law.SIGNS):
            there = hidden * (weights * signs > 0).all(1)
            assert first[case, pattern] == pytest.approx(there.mean(), abs=1e-2)
            square = there.astype(float) ** 2
            assert second[case, pattern] == pytest.approx(
                square.mean(), abs=5 * square.std() / MANY**0.5 + 1e-12
            )


def test_orthant_moments_of_any_covariance():
    rng = np.random.default_rng(1)
    for _ in range(3):
        factor = rng.standard_normal((3, 3))
        covariance = factor @ factor.T
        scale = np.diag([1, covariance[1, 1] ** -0.5, covariance[2, 2] ** -0.5])
        covariance = scale @ covariance @ scale
        drawn = rng.multivariate_normal(np.zeros(3), covariance, MANY)
        inside = (drawn > 0).all(1)
        found = law.positive_moments(covariance[0, 0], covariance[0, 1:], covariance[1, 2])
        for power, moment in enumerate(found, start=1):
            sample = drawn[:, 0] ** power * inside
            assert moment == pytest.approx(sample.mean(), abs=5 * sample.std() / MANY**0.5)


@pytest.mark.parametrize("gate", law.TARGETS)
@pytest.mark.parametrize("n_active", [2, 3, 5])
def test_the_readoff_is_unbiased_where_it_is_made_for(gate, n_active):
    c = law.coefficients(law.TARGETS[gate], n_active)
    np.testing.assert_allclose(law.case_moments(n_active)[0] @ c, law.TARGETS[gate], atol=1e-12)
    mean, _ = law.readoff_law(c, np.full(4, n_active), law.BITS, np.zeros(4))
    np.testing.assert_allclose(mean, law.TARGETS[gate], atol=1e-12)


def test_a_mixture_of_one_number_is_the_fixed_readoff():
    for target in law.TARGETS.values():
        found = law.mixture_coefficients(target, [4])
        mean = law.case_moments(4)[0] @ found[:4] + found[4] + 4 * found[5]
        np.testing.assert_allclose(mean, target, atol=1e-10)


def test_binary_law_by_drawing_layers():
    rng, width, wiring, s = np.random.default_rng(0), 40, 0.3, 3
    wires = rng.random((30_000, width, 2 + s)) < wiring
    both = wires[..., 0] & wires[..., 1]
    estimates = np.empty((len(wires), 4))
    for case, bits in enumerate(law.BITS):
        others = wires[..., 2 : 2 + s - bits.sum()].sum(-1)
        hidden = np.maximum(wires[..., :2] @ bits + others - 1, 0)
        estimates[:, case] = (hidden * both).sum(1) / np.maximum(both.sum(1), 1)
    mean, variance, shared = law.binary_law(s, wiring, width)
    np.testing.assert_allclose(mean, estimates.mean(0), atol=0.01)
    np.testing.assert_allclose(variance, estimates.var(0), rtol=0.05)
    assert shared == pytest.approx(width * wiring**2)


def test_affine_readoffs_by_a_grid():
    grid = np.linspace(-1, 1, 41)
    a, b, c = np.meshgrid(grid, grid, grid, indexing="ij")
    for gate, target in law.TARGETS.items():
        errors = [abs(a + b * i + c * j - t) for (i, j), t in zip(law.BITS, target, strict=True)]
        best = np.max(errors, axis=0).min()
        assert law.affine_error(target) <= best + 1e-9
        assert law.affine_error(target) == pytest.approx(best, abs=0.03), gate


def test_naive_loss_of_one_neuron_per_feature():
    rng, n, width, p = np.random.default_rng(0), 10, 4, 0.2
    x = (rng.random((400_000, n)) < p) * rng.uniform(-1, 1, (400_000, n))
    left = np.maximum(x, 0)[:, width:]
    assert law.naive_loss(n, width, p) == pytest.approx((left**2).sum() / x.size, rel=0.02)


def test_blocks_are_distinct_and_numbers_equally_frequent():
    found = blocks(5, 200, 30, 9)
    assert all(len(set(row)) == 9 for row in found.tolist())
    assert np.bincount(blocks(5, 3000, 30, 1)[:, 0], minlength=30).min() > 60
    assert np.bincount(cycled([2, 3, 4], 300)).tolist() == [0, 0, 100, 100, 100]


def test_active_bits_have_their_mean_and_shared_seeds_their_batches():
    stream = ActiveBits(seeds=[3, 3, 4], n_inputs=10, n_active=2.0, batch=5000)
    (bits,) = stream.batch(7)
    assert float(bits.sum(2).mean()) == pytest.approx(2.0, abs=0.05)
    assert torch.equal(bits[0], bits[1]) and not torch.equal(bits[0], bits[2])


def test_targeted_layers_wire_what_they_serve_and_nothing_else():
    pairs = listed_pairs(1, 12, 7)
    assert len({tuple(p) for p in pairs.tolist()}) == 7
    weights, serves = targeted_layer(2, pairs, 12, 50, 0.2)
    for wires, served in zip(weights.T, serves.T, strict=True):
        expected = set(pairs[served > 0].ravel().tolist())
        assert set(np.flatnonzero(wires).tolist()) == expected


def test_errors_of_a_few_estimates_by_hand():
    estimate, case = np.array([0.1, 0.6, 0.4, 1.2]), np.array([0, 1, 3, 3])
    found = gate_errors(estimate, case, law.TARGETS["and"])
    np.testing.assert_allclose(found["error_rms"], [0.1, 0.6, np.nan, np.sqrt(0.2)])
    np.testing.assert_allclose(found["error_mean"], [0.1, 0.6, np.nan, -0.2])
    assert found["threshold_error"] == pytest.approx(0.5)
    assert found["auroc"] == pytest.approx(0.75)
    assert found["mean_one"] == pytest.approx(0.8)
    assert found["error_largest"] == pytest.approx(0.6)


def test_participation_counts_neurons():
    weights = np.zeros((8, 2))
    weights[:4, 0] = 1.0
    weights[:, 1] = 2.0
    np.testing.assert_allclose(participation(weights, np.ones(8)), [0.5, 1.0])


def test_a_network_that_computes_and_has_no_errors_until_its_readoffs_are_permuted():
    bits = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T.astype(np.float32)
    encoder = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]], np.float32)
    one = np.eye(3, dtype=np.float32)
    weights = GateWeights(encoder, np.full(3, -1, np.float32), one, np.zeros(3, np.float32))
    found = network_errors(weights, bits, law.TARGETS["and"])
    assert found["error_largest"] == 0 and found["participation"] == pytest.approx(1 / 3)
    assert network_errors(weights.permuted(), bits, law.TARGETS["and"])["error_largest"] == 1


def test_a_sparse_network_of_every_wire_is_the_mean_over_all_neurons():
    weights = sparse_network(0, 4, 9, wires=3.0)
    assert weights.encoder.min() == 1
    np.testing.assert_allclose(weights.decoder, 1 / 9)


@pytest.mark.parametrize(
    "section",
    [
        Gaussian(width=64, samples=16, n_active=4, spread=2),
        Gaussian(width=64, samples=16, n_inputs=32, n_dimensions=16, gate="xor"),
        Binary(width=64, samples=16, wires=3.0),
    ],
)
def test_errors_over_many_layers_are_those_of_the_closed_form(section):
    def stream(layer: int):
        return lambda purpose: layer if purpose == "init" else 0

    square = [constructed_errors(section, stream(s))["error_rms"] ** 2 for s in range(200)]
    expected = gate_law(section, stream(0))["law_rms"]
    np.testing.assert_allclose(np.sqrt(np.mean(square, axis=0)), expected, rtol=0.1)


def test_the_naive_loss_of_a_mixing_matrix_by_drawing_features():
    section = Compressed(n_features=6, n_neurons=4, feature_probability=0.5)
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(6, 6))
    mixing += mixing.T
    np.fill_diagonal(mixing, 0)
    x = rng.uniform(-1, 1, (400_000, 6)) * (rng.random((400_000, 6)) < 0.5)
    left = np.maximum(x, 0) * ([0] * 4 + [1] * 2)
    ratio = ((left + x @ mixing) ** 2).sum() / (left**2).sum()
    assert naive_ratio(section, mixing) == pytest.approx(ratio, rel=0.02)


def test_the_share_in_the_positive_eigenspace_of_a_matrix_of_known_vectors():
    space = positive_eigenspace(np.diag([2.0, -1.0, 0.5]))
    assert space is not None and space.shape == (3, 2)
    assert share_inside(space, np.array([[3.0], [4.0], [0.0]])) == pytest.approx(9 / 25)
    assert positive_eigenspace(np.zeros((3, 3))) is None and np.isnan(share_inside(None, space))


@pytest.mark.parametrize("power", [2, 3, 4, 6])
def test_the_loss_of_gate_networks_by_hand(power):
    sizes = {"n_inputs": 4, "width": 5, "loss_power": power, "seeds": [1, 1]}
    model = GateNetwork(frozen=[True, False], upweight=[1.0, 5.0], **sizes)
    stream = GateStream(["and", "xor"], [0, 0], n_inputs=4, n_active=2.0, batch=30)
    bits, targets = stream.batch(0)
    found, outputs = model.loss((bits, targets)), model(bits)
    for cell, (gate, weight) in enumerate([(np.logical_and, 1.0), (np.logical_xor, 5.0)]):
        x = bits[cell].numpy() > 0
        truth = np.stack([gate(x[:, i], x[:, j]) for i, j in combinations(range(4), 2)], axis=1)
        error = abs(outputs[cell].detach().numpy() - truth) ** power
        expected = (error * np.where(truth, weight, 1.0)).mean()
        assert float(found[cell].detach()) == pytest.approx(expected, rel=1e-5)
    found.sum().backward()
    weights = torch.where(targets > 0, torch.tensor([1.0, 5.0])[:, None, None], 1.0)
    again = ((model(bits) - targets).abs() ** power * weights).mean((1, 2)).sum()
    (expected,) = torch.autograd.grad(again, model.decoder)
    torch.testing.assert_close(model.decoder.grad, expected)
    assert not model.encoder.grad[0].any() and model.encoder.grad[1].any()
    assert not model.bias.grad[0].any() and model.decoder.grad[0].any()


def test_a_layer_with_a_neuron_for_each_sign_solves_compressed_computation():
    n, scale = 3, 0.3
    mixing = scale * np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 1]])
    model = CompressedReLU(mixing=mixing[None], null=np.ones(1), width=2 * n, seeds=[0])
    eye = torch.eye(n)
    # ReLU(x) + M x, since x = ReLU(x) - ReLU(-x).
    wanted = torch.from_numpy(mixing.astype(np.float32))
    with torch.no_grad():
        model.encoder.copy_(torch.cat([eye, -eye], 1)[None])
        model.decoder.copy_(torch.cat([eye + wanted, -wanted])[None])
    assert float(model.loss((torch.randn(1, 50, n),)).detach()) == pytest.approx(0.0, abs=1e-10)


def test_a_circuit_of_endless_width_adds_groups():
    weights = np.random.default_rng(0).standard_normal((12, 400_000)).astype(np.float32)
    partner, size, value = np.array([1, 2, 0]), 4, np.array([3, 2, 1])
    state = np.eye(size, dtype=np.float32)[value].reshape(-1)
    hidden = np.maximum(state @ weights, 0)
    factor = law.coefficients(law.TARGETS["and"], 3)[0] / weights.shape[1]
    found = factor * sum_readoffs(weights, partner, size) @ hidden
    expected = np.eye(size)[(value + value[partner]) % size].reshape(-1)
    np.testing.assert_allclose(found, expected, atol=0.12)


@pytest.mark.parametrize(("sweep", "module"), [("width", gaussian), ("wiring", binary)])
def test_a_cell_does_not_depend_on_its_company(smoke, sweep, module):
    cells = list(smoke.plan.cells(sweep, "fit"))
    together, alone = (module.run(c, {}, CONTEXT) for c in (cells, cells[-1:]))
    xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_estimates_are_those_of_the_readoff_neuron_by_neuron(smoke):
    cell = smoke.plan.cells("width", "fit")[0]
    section = cell.params
    found = sampled(section, cell.stream)
    estimate, _ = estimates(section, cell.stream)
    weights = gaussian_layer(cell.stream("init"), section.n_inputs, section.width).astype(float)
    c = law.coefficients(law.TARGETS[section.gate], section.n_active)
    first, second = found.pairs()
    for row, (block, active) in enumerate(zip(found.block, found.active, strict=True)):
        hidden = np.maximum(weights[block[:active]].sum(0), 0)
        for entry in (0, 5, len(first) - 1):
            i, j = block[first[entry]], block[second[entry]]
            pattern = 2 * (weights[i] <= 0) + (weights[j] <= 0)
            assert estimate[row, entry] == pytest.approx((c[pattern] * hidden).mean(), abs=1e-4)


def test_every_finding_has_one_claim_also_without_its_sweep(smoke):
    found = judged("boolean_gates", "smoke", claims, smoke.measured)
    few = judged("boolean_gates", "smoke", claims, {"depth": smoke.measured["depth"]})
    assert [c.id for c in found] == [c.id for c in few]
    assert {c.reason for c in few if "sweep width" in c.reason}
    for claim in found:
        if claim.kind == "statistical" and claim.estimate is not None:
            assert claim.control
