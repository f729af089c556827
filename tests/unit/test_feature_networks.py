"""Sampled networks, their data and their null losses."""

import numpy as np
import pytest
import torch

from tegum.models.feature_networks import DeepNetwork, ScalarNetwork
from tegum.synthetic.sparse import SparseFeatures, signed_kurtosis, target_variance

VALUES = np.array([[1.0, 0.5, 0.25]])


def test_features_are_bernoulli_times_uniform():
    stream = SparseFeatures([1, 2], [0.3, 0.05], 4, 100_000, signed=True)
    x = stream.batch(0)[0].numpy()
    active = (x != 0).mean((1, 2))
    np.testing.assert_allclose(active, [0.3, 0.05], atol=0.003)
    for cell in x:
        amplitude = cell[cell != 0]
        np.testing.assert_allclose(
            np.quantile(amplitude, [0.1, 0.5, 0.9]), [-0.8, 0.0, 0.8], atol=0.03
        )
    correlation = np.corrcoef((x[0] ** 2).T)
    assert np.abs(correlation - np.eye(4)).max() < 0.02


def test_unsigned_features_are_the_magnitudes_of_signed_ones():
    signed, plain = (SparseFeatures([1], [0.4], 3, 50, s).batch(7)[0] for s in (True, False))
    assert torch.equal(signed.abs(), plain)


def test_a_cell_s_features_depend_on_nothing_but_its_seed():
    both = SparseFeatures([1, 2], [0.3, 0.3], 4, 16, signed=True)
    assert torch.equal(both.batch(3)[0][1:], both.select(1).batch(3)[0])
    assert torch.equal(both.batch(3)[0][1:], SparseFeatures([2], [0.3], 4, 16, True).batch(3)[0])


@pytest.mark.parametrize("signed", [True, False])
def test_null_loss_is_the_variance_of_the_target(signed):
    stream = SparseFeatures([1], [0.2], 3, 400_000, signed=signed)
    x = stream.batch(0)[0][0].double().numpy()
    expected = (x**2 @ VALUES[0]).var() if signed else VALUES[0] @ x.var(0)
    assert target_variance(VALUES[0], 0.2, signed) == pytest.approx(expected, rel=0.02)


def test_kurtosis_of_the_compared_inputs_is_that_of_the_samples():
    x = SparseFeatures([1], [0.25], 4, 200_000, signed=True).batch(0)[0].double().numpy()
    found = (x**4).mean() / (x**2).mean() ** 2
    assert signed_kurtosis(0.25) == pytest.approx(found, rel=0.02)


@pytest.mark.parametrize("activation", ["relu", "gelu", "square"])
def test_a_scalar_network_computes_what_it_says(activation):
    model = ScalarNetwork(
        activation=activation, values=VALUES, null=np.array([2.0]), hidden=2, seeds=[3]
    )
    x = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    functions = {
        "relu": lambda z: np.maximum(z, 0.0),
        "square": np.square,
        "gelu": lambda z: torch.nn.functional.gelu(torch.from_numpy(z)).numpy(),
    }
    hidden = functions[activation](x @ model.embedding.detach().numpy()[0])
    output = hidden @ model.readout.detach().numpy()[0, 0]
    expected = ((output - x**2 @ VALUES[0]) ** 2).mean() / 2.0
    assert model.loss((torch.from_numpy(x)[None],)).item() == pytest.approx(expected, rel=1e-4)


def test_a_square_network_holds_the_quadratic_toy_model():
    model = ScalarNetwork(activation="square", values=VALUES, null=np.ones(1), hidden=3, seeds=[3])
    with torch.no_grad():
        model.embedding.copy_(torch.diag(torch.tensor(VALUES[0]).sqrt())[None])
        model.readout.fill_(1.0)
    x = torch.randn(1, 20, 3)
    assert model.loss((x,)).item() == pytest.approx(0.0, abs=1e-9)


def test_a_deep_network_computes_what_it_says():
    model = DeepNetwork(values=VALUES, null=np.ones(1), hidden=4, depth=2, seeds=[5])
    x = np.random.default_rng(0).random((30, 3)).astype(np.float32)
    code = x
    for layer in range(3):
        code = code @ getattr(model, f"weight_{layer}").detach().numpy()[0]
        code = np.maximum(code, 0.0) if layer < 2 else code
    expected = ((code - x) ** 2 @ VALUES[0]).mean()
    assert model.loss((torch.from_numpy(x)[None],)).item() == pytest.approx(expected, rel=1e-5)
