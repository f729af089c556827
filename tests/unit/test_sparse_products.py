"""Compiled loops over sparse codes: gradients, trajectories, company, and Adam in one pass."""

from functools import partial

import numpy as np
import pytest
import torch

from tegum.dictionaries.base import kth_largest
from tegum.dictionaries.batchtopk import BatchTopK
from tegum.dictionaries.matryoshka import Matryoshka
from tegum.dictionaries.topk import TopK
from tegum.models import products
from tegum.synthetic.batches import TensorStream
from tegum.training.fused import FusedAdam, FusedPlan
from tegum.training.loop import Loop, prepare_process
from tegum.training.optimisers import EnsembleAdam
from tegum.training.plan import Plan, padded

KINDS = {
    "topk": TopK,
    "multi_topk": partial(TopK, multi_weight=1 / 8, multi=3),
    "batchtopk": BatchTopK,
    "matryoshka": Matryoshka,
}


def made(kind, cells, *, n_inputs=10, latents=24, k=3, sparse=True, dtype=torch.float32):
    options = {"prefixes": (5, 12, latents)} if kind == "matryoshka" else {}
    ensemble = KINDS[kind](
        n_inputs=n_inputs,
        latents=latents,
        seeds=[100 + c for c in cells],
        k=[1 + (k + c) % 5 for c in cells],
        auxiliary_weight=1 / 32,
        dead_after=40,
        **options,
    ).to(dtype)
    ensemble.sparse = sparse
    return ensemble


def data(n_inputs=10, samples=400):
    rng = np.random.default_rng(0)
    features = rng.random((samples, 40)) * (rng.random((samples, 40)) < 0.06)
    return torch.from_numpy((features @ rng.standard_normal((40, n_inputs))).astype(np.float32))


def trained(kind, cells, steps, plan=FusedPlan, nudge=0.0, **options):
    prepare_process()
    pack = padded(cells)
    ensemble = made(kind, pack, **options)
    with torch.no_grad():
        noise = np.random.default_rng(9).standard_normal(ensemble.encoder.shape)
        ensemble.encoder.mul_(1 + nudge * torch.from_numpy(noise).to(ensemble.encoder))
    x = data()[None].to(ensemble.encoder.dtype)
    stream = TensorStream(x, [0] * len(pack), [c + 1 for c in pack], 32)
    rates = [0.003 * (1 + c % 2) for c in pack]
    setting = plan(steps=steps, learning_rate=rates, gradient_clip=1.0)
    return Loop(ensemble, stream, setting, keep=len(cells)).run().parameters


@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradients_equal_those_of_products_of_matrices(kind):
    x, found = data()[None, :50].expand(8, -1, -1), []
    for sparse, dtype in ((True, torch.float32), (False, torch.float32), (False, torch.float64)):
        ensemble = made(kind, range(8), sparse=sparse, dtype=dtype)
        given = x.to(dtype, copy=True).requires_grad_()
        loss = ensemble.loss((given,))
        (loss.sum() + ensemble.loss((given,)).sum()).backward()  # some are dead by then
        grads = {n: p.grad for n, p in ensemble.named_parameters()} | {"x": given.grad}
        found.append({"loss": loss.detach()} | grads)
    for name, exact in found[2].items():
        assert exact.abs().max() > 0
        for one in found[:2]:
            torch.testing.assert_close(one[name].double(), exact, rtol=1e-4, atol=2e-5, msg=name)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 1, 5), (1, 4, 9, 2)])
def test_ragged_shapes_and_codes_that_are_all_zero(shape):
    cells, samples, latents, n_inputs = shape
    rng = np.random.default_rng(1)
    for share in (0.0, 0.5, 1.0):
        drawn = rng.standard_normal((cells, samples, latents)) * (
            rng.random((cells, samples, latents)) < share
        )
        results = []
        for sparse in (True, False):
            codes = torch.from_numpy(drawn.astype(np.float32)).requires_grad_()
            rows = torch.ones(cells, latents, n_inputs).requires_grad_()
            offset = torch.ones(cells, samples, n_inputs).requires_grad_()
            out = products.decoded(offset, codes, rows, sparse=sparse)
            out.square().sum().backward()
            kept = codes.grad * (codes.detach() != 0)  # what is 0 stays so, whatever comes back
            results.append([out.detach(), kept, rows.grad, offset.grad])
        for one, other in zip(*results, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_trajectories_stay_in_the_band_of_tiny_perturbations(kind):
    """Tens of steps against double precision, beside runs that began 1e-7 away."""
    exact = trained(kind, [0, 1], 60, sparse=False, dtype=torch.float64)["decoder"]
    own = np.abs(trained(kind, [0, 1], 60)["decoder"] - exact).max()
    band = [
        np.abs(
            trained(kind, [0, 1], 60, Plan, nudge, sparse=False, dtype=torch.float64)["decoder"]
            - exact
        ).max()
        for nudge in (1e-7, -1e-7, 2e-7)
    ]
    assert own < 30 * max(band), (own, band)


@pytest.mark.parametrize("kind", ["topk", "multi_topk"])
def test_a_cell_alone_and_in_company_has_the_same_bits(kind):
    alone = trained(kind, [3], 20)
    company = trained(kind, [0, 1, 2, 3, 4, 5, 6, 7, 8], 20)
    for name, value in alone.items():
        assert np.array_equal(value[0], company[name][3])


def test_a_pass_of_adam_is_adam():
    rng = np.random.default_rng(2)
    start = torch.from_numpy(rng.standard_normal((3, 4, 5)).astype(np.float32))
    made = []
    for kind, dtype in ((FusedAdam, torch.float32), (EnsembleAdam, torch.float64)):
        parameter = torch.nn.Parameter(start.to(dtype, copy=True))
        optimiser = kind([parameter], lr=[0.0, 0.01, 0.1])
        drawn = np.random.default_rng(3)
        for step in range(50):
            optimiser.param_groups[0]["scale"] = 1 - step / 50
            gradient = drawn.standard_normal((3, 4, 5)) * 10.0 ** drawn.integers(-8, 2)
            parameter.grad = torch.from_numpy(gradient).to(dtype)
            optimiser.step()
        made.append(parameter.detach().double())
    torch.testing.assert_close(made[0], made[1], rtol=1e-5, atol=1e-6)
    assert torch.equal(made[0][0], start[0].double())


@pytest.mark.parametrize(
    ("k", "places"), [(1, 1), (1, 20), (20, 20), (7, 33), (300, 513), (512, 2000)]
)
def test_the_kth_largest_is_that_of_a_sort(places, k):
    rng = np.random.default_rng(k)
    values = rng.standard_normal((2, 30, places)).astype(np.float32)
    values[:, :, ::3] = values[:, :, ::3].round(1)  # ties
    values[0, 0] = -np.inf
    values[0, 1, : places - 2] = -np.inf
    values[0, 2] = np.inf
    values[0, 3] *= 1e-39  # smaller than normal numbers are
    values[0, 4] *= 1e37
    values[0, 5, ::2] = 0.0
    values[0, 6] = -0.0
    found = kth_largest(torch.from_numpy(values), torch.tensor([k, 1]))
    ordered = -np.sort(-values, axis=2)
    assert np.array_equal(found[0, :, 0], ordered[0, :, k - 1])
    assert np.array_equal(found[1, :, 0], ordered[1, :, 0])


def test_a_number_that_is_none_ends_the_search():
    values = torch.full((1, 3, 40), torch.nan)
    values[0, 1:] = torch.arange(40.0)
    values[0, 1, 3:] = torch.nan
    found = kth_largest(values, torch.tensor([5]))
    assert found[0, :2].isnan().all() and found[0, 2] == 35.0
