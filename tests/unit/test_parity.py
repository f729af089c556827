"""Networks of signs: their gradients, what they are taught, and when they have learnt it."""

from typing import get_args

import numpy as np
import pytest
import torch

from tegum.experiment.cell import Cell, Context
from tegum.metrics.parity import gradients
from tegum.models.parity import SignNetwork
from tegum.statistics import censored_median
from tegum.studies.subset_parity import train
from tegum.studies.subset_parity.params import Train
from tegum.synthetic.draws import Draws
from tegum.synthetic.parity import CURRICULA, ParityStream, Task, all_inputs, parities, signs
from tegum.theory.parity import majority_coefficient, parity_gradient, walsh
from tegum.training.optimisers import EnsembleSGD


def network(n_inputs=6, width=5, loss="hinge", cells=2, frozen=None):
    return SignNetwork(
        n_inputs=n_inputs,
        width=width,
        seeds=list(range(cells)),
        loss=loss,
        importance=torch.ones(cells, 1),
        frozen=frozen or [False] * cells,
    )


def test_coefficients_are_correlations_with_every_parity():
    values = np.random.default_rng(0).normal(size=(2, 16))
    inputs = all_inputs(4).astype(float)
    for place in range(16):
        bits = [i for i in range(4) if place >> i & 1]
        expected = (values * inputs[:, bits].prod(1)).mean(-1)
        assert walsh(values)[:, place] == pytest.approx(expected)


@pytest.mark.parametrize(("n_inputs", "size"), [(5, 1), (7, 3), (9, 5)])
def test_the_law_of_majority_is_that_of_its_values(n_inputs, size):
    majority = np.sign(all_inputs(n_inputs).sum(1)).astype(float)
    assert abs(walsh(majority)[2**size - 1]) == pytest.approx(majority_coefficient(n_inputs, size))


@pytest.mark.parametrize("loss", ["hinge", "squared"])
def test_gradients_and_noise_are_those_of_autograd_sample_by_sample(loss):
    model, inputs = network(loss=loss), torch.from_numpy(all_inputs(6))
    targets = inputs[:, :3].prod(1).expand(2, -1)
    found = gradients(model, inputs, targets)
    each = []
    for x, y in zip(inputs, targets.T, strict=True):
        model.zero_grad()
        model.loss((x.expand(2, 1, -1), y[:, None, None])).sum().backward()
        assert model.weight.grad is not None
        each.append(model.weight.grad.clone())
    each = torch.stack(each)
    torch.testing.assert_close(found.mean, each.mean(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found.variance, each.var(0, correction=0), atol=1e-6, rtol=1e-4)


def test_the_first_gradient_is_a_fourier_coefficient_of_the_derivative():
    model, inputs = network(n_inputs=7, cells=1), torch.from_numpy(all_inputs(7))
    found = gradients(model, inputs, inputs[:, :2].prod(1)[None])
    assert float(found.output.abs().max()) < 1
    active = (model.before(inputs[None])[0] > 0).T.numpy().astype(float)
    law = parity_gradient(active, model.readout[0, 0].detach().numpy().astype(float), 2)
    assert found.mean[0].numpy() == pytest.approx(law, abs=1e-7)


def test_a_frozen_layer_stays_and_the_readout_learns():
    model = network(frozen=[False, True])
    x = torch.from_numpy(signs(Draws(0), 0, 8, 6)).expand(2, -1, -1)
    model.loss((x, x[..., :1])).sum().backward()
    assert model.weight.grad is not None and model.readout.grad is not None
    assert model.weight.grad[0].abs().sum() > 0 and not model.weight.grad[1].any()
    assert model.readout.grad[1].abs().sum() > 0


@pytest.mark.parametrize("curriculum", CURRICULA)
def test_a_cell_is_taught_the_same_alone_and_in_company(curriculum):
    tasks = [Task(3, curriculum, phase=6, bias=0.8), Task(2)]
    sizes = {"n_inputs": 8, "outputs": 3, "batch": 64}
    both = ParityStream(tasks=tasks, seeds=[1, 1], **sizes)
    alone = ParityStream(tasks=tasks[:1], seeds=[1], **sizes)
    for step in (0, 3, 7):
        for one, of_two in zip(alone.batch(step), both.batch(step), strict=True):
            assert torch.equal(one[0], of_two[0])


def test_what_each_curriculum_teaches():
    def taught(curriculum, step):
        stream = ParityStream(
            tasks=[Task(3, curriculum, phase=6, bias=0.8)],
            seeds=[1],
            n_inputs=8,
            outputs=3,
            batch=400,
        )
        x, y = (part[0].numpy() for part in stream.batch(step))
        return x, y, parities(x)

    x, y, right = taught("nested", 0)
    assert (y == right[:, [2, 0, 1]]).all()
    _, y, right = taught("none", 0)
    assert (y[:, 0] == right[:, 2]).all() and not y[:, 1:].any()
    for step, bits in ((0, 1), (1, 1), (2, 2), (5, 3), (6, 3)):
        _, y, right = taught("growing", step)
        assert (y[:, 0] == right[:, bits - 1]).all()
    assert taught("biased", 5)[0].mean() == pytest.approx(0.8, abs=0.05)
    assert abs(taught("biased", 6)[0].mean()) < 0.05
    x, y, _ = taught("wrong", 0)
    assert (y[:, 1:] == parities(x[:, 3:5])).all()
    _, y, right = taught("shuffled", 0)
    assert 0.4 < (y[:, 0] == right[:, 2]).mean() < 0.6


def test_the_curricula_of_the_params_are_those_that_there_are():
    assert get_args(Train.model_fields["curriculum"].annotation) == CURRICULA


def test_descent_is_the_gradient_by_the_learning_rate_of_the_cell():
    weight = torch.nn.Parameter(torch.ones(2, 3))
    weight.grad = torch.tensor([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    EnsembleSGD([weight], lr=[0.5, 0.1]).step()
    expected = torch.tensor([[0.5, 0.0, -0.5], [0.9, 0.9, 0.9]])
    torch.testing.assert_close(weight.detach(), expected)


def test_what_was_never_seen_is_censored():
    nan = np.nan
    assert censored_median([1.0, 2.0, 3.0], 9.0) == 2.0
    assert censored_median([1.0, 2.0, nan, nan], 9.0) == 2.0
    assert censored_median([1.0, nan, nan], 9.0) == np.inf
    assert censored_median([nan], 9.0) == np.inf


def test_a_parity_is_learnt_and_coins_are_not():
    cells = [
        Cell("subset_parity", "train", {"seed": 0}, Train(**kinds, n_inputs=6, steps=512))
        for kinds in (
            {"n_parity": 2, "curriculum": "none", "learning_rate": 0.01},
            {"n_parity": 2, "curriculum": "shuffled", "learning_rate": 0.01},
        )
    ]
    rows = train.run(cells, {}, Context(progress=False))
    final = rows["accuracy"].isel(checkpoint=-1).values
    assert final[0] == 1.0 and final[1] < 0.9
    assert (rows["moved_inside"].isel(checkpoint=0) == 0).all()
