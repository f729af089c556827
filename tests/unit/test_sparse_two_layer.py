"""Two-layer models whose silent hidden units are skipped: gradients, trajectories, the choice."""

import numpy as np
import pytest
import torch

from tegum.models.sparse_two_layer import FEW, LOOK_EVERY, SparseTwoLayer
from tegum.models.two_layer import TwoLayer
from tegum.synthetic.features import feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import Plan


def made(kind, *, seeds=(3,), width=24, n_inputs=6, n_outputs=10, bias_offset=-1.0, **penalties):
    return kind(
        n_inputs=n_inputs,
        width=width,
        n_outputs=n_outputs,
        activation="relu",
        seeds=list(seeds),
        bias_offset=bias_offset,
        **penalties,
    )


def drawn(samples=40, n_inputs=6, n_outputs=10, cells=1):
    rng = np.random.default_rng(0)
    sizes = (cells, samples, n_inputs), (cells, samples, n_outputs)
    return tuple(torch.from_numpy(rng.standard_normal(s).astype(np.float32)) for s in sizes)


def gradients(model, batch, dtype=torch.float32):
    model = model.to(dtype)
    model.begin(0)
    loss = model.loss(tuple(part.to(dtype) for part in batch))
    loss.sum().backward()
    return {"loss": loss.detach()} | {n: p.grad for n, p in model.named_parameters()}


@pytest.mark.parametrize("penalties", [{}, {"l1_hidden": 0.3}, {"l1_hidden": 0.3, "l1_output": 1}])
def test_loss_and_gradients_are_those_of_autograd(penalties):
    batch = drawn()
    model = made(SparseTwoLayer, **penalties)
    found = gradients(model, batch)
    assert model._sparse == ("l1_output" not in penalties)
    exact = gradients(made(TwoLayer, **penalties), batch, torch.float64)
    for name, values in exact.items():
        assert values.abs().max() > 0
        torch.testing.assert_close(found[name].double(), values, rtol=1e-5, atol=1e-6, msg=name)


@pytest.mark.parametrize(
    ("samples", "width", "n_inputs", "n_outputs"), [(1, 1, 1, 1), (3, 5, 1, 2)]
)
def test_ragged_shapes_and_units_that_all_are_silent(samples, width, n_inputs, n_outputs):
    batch = drawn(samples, n_inputs, n_outputs)
    model = made(
        SparseTwoLayer, width=width, n_inputs=n_inputs, n_outputs=n_outputs, bias_offset=-99.0
    )
    found = gradients(model, batch)
    assert model._sparse
    assert float(found["loss"]) == pytest.approx(float(batch[1].square().sum() / samples), rel=1e-6)
    assert not any(g.any() for name, g in found.items() if name != "loss")


def trained(kind, steps, nudge=0.0, dtype=torch.float32):
    prepare_process()
    stream = SuperpositionStream(
        task="decoder",
        seeds=[5],
        n_inputs=6,
        probabilities=feature_probabilities("uniform", 10, 0.1)[None],
        batch=64,
    )
    model = made(kind, bias_offset=-0.8)
    with torch.no_grad():
        noise = np.random.default_rng(9).standard_normal(model.encoder.shape)
        model.encoder.mul_(1 + nudge * torch.from_numpy(noise).float())
    model = model.to(dtype)
    if dtype == torch.float64:
        real = stream.batch
        stream.batch = lambda step: tuple(part.double() for part in real(step))
    loop = Loop(model, stream, Plan(steps=steps, learning_rate=0.001, pack=1))
    return loop.run().parameters


def test_trajectories_stay_within_the_band_of_tiny_perturbations():
    exact = trained(TwoLayer, 60, dtype=torch.float64)
    found, plain = trained(SparseTwoLayer, 60), trained(TwoLayer, 60)
    assert not np.array_equal(found["encoder"], plain["encoder"])  # loops did it
    band = [trained(TwoLayer, 60, nudge=s * 1e-7, dtype=torch.float64) for s in (1, -1, 3)]
    for name, values in exact.items():
        far = np.abs(found[name] - values).max()
        allowed = max(np.abs(one[name] - values).max() for one in band)
        assert far < max(20 * allowed, 1e-6), name


def test_activity_decides_and_is_looked_at_again():
    batch = drawn()
    model = made(SparseTwoLayer)
    model.begin(1)
    model.loss(batch)
    assert not model._sparse  # not looked at yet
    model.begin(LOOK_EVERY)
    model.loss(batch)
    assert model._sparse and float((model.hidden(batch[0]) > 0).float().mean()) <= FEW
    with torch.no_grad():
        model.bias += 2.0
    model.begin(LOOK_EVERY + 1)
    model.loss(batch)
    assert model._sparse
    model.begin(2 * LOOK_EVERY)
    model.loss(batch)
    assert not model._sparse


def test_models_in_company_are_two_layer_models_bit_by_bit():
    batch = drawn(cells=8)
    one, other = (gradients(made(k, seeds=range(8)), batch) for k in (SparseTwoLayer, TwoLayer))
    for name, values in other.items():
        assert torch.equal(one[name], values), name
