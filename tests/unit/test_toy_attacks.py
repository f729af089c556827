"""Attacked toy models: attacks against brute force, training without a budget, and T23."""

from itertools import product

import numpy as np
import pytest
import torch
import xarray as xr
from toy_setup import CONTEXT, built, converged, plan_of, verdict

from tegum.errors import TegumError
from tegum.models.tied import Tied
from tegum.models.tied_attacked import AttackedTied, _most_harmful
from tegum.studies.toy_superposition.train import attacked
from tegum.synthetic.directed import Directed
from tegum.synthetic.sets import FeatureStream
from tegum.theory import toy
from tegum.training.plan import padded
from tegum.training.rows import train

BUDGETS = [0.0, 0.1, 0.7]


def model(output="relu", importance=None, cells=3, n=7, m=3, budget=None, growth=0):
    rng = np.random.default_rng(0)
    found = AttackedTied(
        weight=rng.normal(size=(cells, n, m)) / 2,
        output=output,
        importance=np.ones((cells, n)) if importance is None else importance,
        budget=BUDGETS if budget is None else budget,
        growth=growth,
    )
    with torch.no_grad():
        found.bias.copy_(torch.from_numpy(rng.normal(size=(cells, n)) / 4))
    return found


def features(cells=3, samples=40, n=7):
    rng = np.random.default_rng(1)
    shape = cells, samples, n
    return torch.from_numpy(rng.uniform(size=shape) * (rng.uniform(size=shape) < 0.3)).float()


def error(w, b, importance, clean, given, output):
    """The weighted error of one attacked input, written out."""
    y = w @ w.T @ given + b
    y = np.maximum(y, 0) if output == "relu" else y
    return float(importance @ (clean - y) ** 2)


@pytest.mark.parametrize("output", ["relu", "linear"])
def test_no_candidate_of_either_sign_harms_more_than_the_attack(output):
    importance = np.random.default_rng(2).uniform(0.5, 2, size=(3, 7))
    found, x = model(output, importance), features()
    attack = found.worst_attack(x).double().numpy()
    for cell, budget in enumerate(BUDGETS):
        w, b = (p[cell].detach().double().numpy() for p in (found.weight, found.bias))
        rows = w @ w.T
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        for sample, clean in enumerate(x[cell].double().numpy()):
            tried = [np.zeros(7), *(s * budget * u for s, u in product((1, -1), unit))]
            given = (importance[cell], clean)
            every = [error(w, b, *given, clean + step, output) for step in tried]
            mine = error(w, b, *given, clean + attack[cell, sample], output)
            assert mine == pytest.approx(max(every), rel=1e-5)
            assert np.linalg.norm(attack[cell, sample] - tried, axis=1).min() < 1e-6


def test_the_loss_rises_by_the_vulnerability_that_is_measured():
    found, x = model(), features()
    rise = (found.loss((x,)) - found.error((x,))).detach().numpy()
    for cell, budget in enumerate(BUDGETS):
        one = (p[cell].detach().numpy() for p in (found.weight, found.bias))
        expected = toy.vulnerability(*one, x[cell].numpy(), budget)
        assert rise[cell] == pytest.approx(expected, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("relu", [True, False])
def test_the_kernel_and_what_other_devices_run_pick_attacks_that_harm_alike(relu):
    found, x = model("relu" if relu else "linear", n=33, m=4), features(n=33)
    here = found.worst_attack(x)
    map_ = found.weight @ found.weight.transpose(1, 2)
    steps = found.budget[:, None, None] * map_ / map_.norm(dim=2, keepdim=True)
    before = x @ map_ + found.bias[:, None]
    with torch.no_grad():
        picked = _most_harmful(x, before, steps @ map_, found.importance, relu)
    row = (picked.abs() - 1).clamp_min(0)[:, :, None].expand_as(x)
    there = picked.sign()[:, :, None] * steps.gather(1, row)
    losses = [((found(x + a) - x) ** 2).sum(2) for a in (here, there)]
    torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-6)


def test_attacks_grow_to_their_length_and_have_it_where_no_step_was_begun():
    x, growing = features(), model(growth=10)
    whole = growing.worst_attack(x)
    for step, share in ((0, 0.0), (5, 0.5), (10, 1.0), (99, 1.0)):
        growing.begin(step)
        expected = model(budget=[share * b for b in BUDGETS]).worst_attack(x)
        torch.testing.assert_close(growing.worst_attack(x), expected)
    assert torch.equal(growing.worst_attack(x), whole)


def test_features_without_embeddings_are_no_direction_of_attack():
    found = model()
    with torch.no_grad():
        found.weight.zero_()
    assert torch.equal(found.worst_attack(features()), torch.zeros(3, 40, 7))


def test_an_attack_is_a_constant_to_the_gradient():
    found, x = model(), features()
    found.loss((x,)).sum().backward()
    w, b = (p.detach().clone().requires_grad_() for p in (found.weight, found.bias))
    given = x + found.worst_attack(x)
    y = torch.relu(given @ w @ w.transpose(1, 2) + b[:, None])
    ((y - x) ** 2).sum(2).mean(1).sum().backward()
    torch.testing.assert_close(found.weight.grad, w.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found.bias.grad, b.grad, rtol=1e-4, atol=1e-6)


def test_random_directions_have_unit_length_no_mean_and_are_shared_by_equal_seeds():
    plain = FeatureStream(seeds=[1, 1, 2], probabilities=np.full((3, 5), 0.2), batch=4000)
    stream = Directed(plain, [1, 1, 2])
    x, directions = stream.batch(3)
    assert torch.equal(x, plain.batch(3)[0])
    assert torch.equal(directions[0], directions[1])
    assert not torch.equal(directions[0], directions[2])
    torch.testing.assert_close(directions.norm(dim=2), torch.ones(3, 4000))
    second = torch.einsum("csi,csj->cij", directions, directions) / 4000
    assert directions.mean(1).abs().max() < 4 * (5 * 4000) ** -0.5
    assert (second - torch.eye(5) / 5).abs().max() < 0.015


@pytest.fixture(scope="module")
def smoke():
    return built("attacked")


def test_a_cell_does_not_depend_on_its_company(smoke):
    for job in smoke.plan.jobs("adversarial", "train"):
        together, alone = (attacked.run(c, {}, CONTEXT) for c in (list(job.cells), [job.cells[-1]]))
        xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_without_a_budget_training_is_bitwise_that_of_plain_tied_models(smoke):
    for job in smoke.plan.jobs("adversarial", "train"):
        cells = [c for c in job.cells if c.params.training_budget == 0]
        rows = attacked.run(cells, {}, CONTEXT)
        pad, p = padded(cells), cells[0].params
        plain = Tied(
            weight=np.stack([attacked.initial_weight(c) for c in pad]),
            output="relu",
            importance=np.full((len(pad), p.n_features), 1 / p.feature_probability),
        )
        data = FeatureStream(
            seeds=[c.stream("data") for c in pad],
            probabilities=np.full((len(pad), p.n_features), p.feature_probability),
            batch=p.batch,
        )
        result = train(cells, CONTEXT, plain, data, p.schedule)
        for name in ("weight", "bias"):
            np.testing.assert_array_equal(rows[name].values, result.parameters[name])


def test_measured_losses_under_attack_are_those_of_brute_force(smoke):
    ds = smoke.measured["adversarial"].isel(checkpoint=-1)
    assert (ds["attacked_loss_ratio"] >= ds["loss_ratio"] - 1e-6).all()
    none = ds.sel(training_budget=0.0)
    np.testing.assert_allclose(none["attacked_loss_ratio"], none["loss_ratio"], rtol=1e-5)
    d, norm = ds["dimensionality"], ds["norm"]
    expected = (d * norm**2).sum("feature") / (norm**2).sum("feature")
    np.testing.assert_allclose(ds["mean_dimensionality"], expected, rtol=1e-5)


def test_uneven_importances_are_refused():
    with pytest.raises(TegumError, match="equal importances"):
        plan_of("laptop", {"sweeps": {"adversarial": {"train": {"importance_decay": 0.5}}}})


def judged(smoke, worst, random, dimensionality=1.0):
    """Features per dimension at budgets of 0, 0.4, 0.8 and 1.2, of five seeds."""
    budgets = [0.0, 0.4, 0.8, 1.2]
    ds = smoke.measured["adversarial"].isel(seed=[0] * 5, training_budget=[0] * 4)
    ds = converged(ds.assign_coords(seed=range(5), training_budget=budgets))
    packed = xr.DataArray(
        [worst, random], {"attack": ["worst", "random"]}, dims=("attack", "training_budget")
    ).assign_coords(training_budget=budgets)
    shape = ds["dimensions_per_feature"]
    ds["dimensions_per_feature"] = (1 / packed).broadcast_like(shape).transpose(*shape.dims)
    own = xr.DataArray([dimensionality, 0.5], {"attack": ["worst", "random"]}, dims="attack")
    ds["mean_dimensionality"] = own.broadcast_like(shape).transpose(*shape.dims)
    return ds


@pytest.mark.parametrize(
    ("worst", "expected"),
    [
        ([3.0, 2.0, 1.0, 1.0], "holds"),
        ([3.0, 1.0, 1.0, 1.0], "fails"),
        ([3.0, 3.0, 2.0, 2.0], "fails"),
        ([1.0, 1.0, 1.0, 1.0], "inconclusive"),
    ],
)
def test_the_budget_at_which_superposition_is_gone_has_to_be_about_the_published_one(
    smoke, worst, expected
):
    assert verdict("t23", adversarial=judged(smoke, worst, [3.0] * 4)) == expected


def test_features_that_only_shrink_are_not_dedicated(smoke):
    gone = [3.0, 2.0, 1.0, 1.0]
    for own, expected in ((1.0, "holds"), (0.5, "fails")):
        ds = judged(smoke, gone, [3.0] * 4, own)
        assert verdict("t23_dedicated", adversarial=ds) == expected
    never = judged(smoke, [3.0] * 4, [3.0] * 4)
    assert verdict("t23_dedicated", adversarial=never) == "inconclusive"
