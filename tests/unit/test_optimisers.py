"""Optimisers and schedules, against PyTorch and against maths written out anew."""

import math

import pytest
import torch
from torch import nn

from tegum.errors import TegumError
from tegum.training.optimisers import EnsembleAdam, EnsembleLAMB, clip_per_cell
from tegum.training.schedules import Schedule, checkpoint_steps

RATES = [0.001, 0.003, 0.01, 0.03, 0.1]
SHAPES = [(5, 12, 4), (5, 12), (5, 7, 12)]


def gradients(steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [[torch.randn(shape, generator=generator) for shape in SHAPES] for _ in range(steps)]


def parameters(scale=1.0):
    generator = torch.Generator().manual_seed(9)
    return [nn.Parameter(scale * torch.randn(shape, generator=generator)) for shape in SHAPES]


def run(optimiser, tensors, steps, pick=lambda g: g):
    for step in gradients(steps):
        for tensor, gradient in zip(tensors, step, strict=True):
            tensor.grad = pick(gradient).clone()
        optimiser.step()


@pytest.mark.parametrize("decay", [0.0, 0.3], ids=["adam", "adamw"])
def test_adam_equals_torch_adam_with_each_cells_learning_rate(decay):
    ensemble = parameters()
    run(EnsembleAdam(ensemble, lr=RATES, weight_decay=decay), ensemble, 50)
    for cell, rate in enumerate(RATES):
        single = [nn.Parameter(p.detach()[cell].clone()) for p in parameters()]
        theirs = torch.optim.AdamW(single, lr=rate, weight_decay=decay)
        run(theirs, single, 50, lambda g, c=cell: g[c])
        for whole, alone in zip(ensemble, single, strict=True):
            assert torch.allclose(whole[cell], alone, rtol=1e-5, atol=2e-6)


def lamb_alone(weights, steps, rate, clamp=10.0):
    """One tensor at a time, plain Python over float64, after You et al. 2020."""
    weights = [w.double().clone() for w in weights]
    m = [torch.zeros_like(w) for w in weights]
    v = [torch.zeros_like(w) for w in weights]
    for step in steps:
        for i, g in enumerate(step):
            m[i] = 0.9 * m[i] + 0.1 * g.double()
            v[i] = 0.999 * v[i] + 0.001 * g.double() ** 2
            u = m[i] / (v[i] ** 0.5 + 1e-6)
            norm, size = min(math.sqrt((weights[i] ** 2).sum()), clamp), math.sqrt((u**2).sum())
            ratio = norm / size if norm > 0 and size > 0 else 1.0
            weights[i] = weights[i] - rate * ratio * u
    return weights


@pytest.mark.parametrize("scale", [1.0, 10.0], ids=["free", "clamped"])
def test_batched_lamb_equals_lamb_on_each_model(scale):
    ensemble = parameters(scale)
    run(EnsembleLAMB(ensemble, lr=RATES), ensemble, 40)
    for cell, rate in enumerate(RATES):
        steps = [[g[cell] for g in step] for step in gradients(40)]
        alone = lamb_alone([p.detach()[cell] for p in parameters(scale)], steps, rate)
        for whole, single in zip(ensemble, alone, strict=True):
            assert torch.allclose(whole[cell].double(), single, rtol=2e-4, atol=2e-5 * scale)


def test_lamb_moves_a_tensor_of_zeros_by_the_plain_step():
    weight = nn.Parameter(torch.zeros(2, 3))
    weight.grad = torch.ones(2, 3)
    EnsembleLAMB([weight], lr=[0.1, 0.2]).step()
    u = 0.1 / (math.sqrt(0.001) + 1e-6)
    assert torch.allclose(weight[:, 0], torch.tensor([-0.1 * u, -0.2 * u]))


def test_the_scale_multiplies_every_rate():
    full, half = parameters(), parameters()
    a, b = EnsembleAdam(full, lr=RATES), EnsembleAdam(half, lr=RATES)
    b.param_groups[0]["scale"] = 0.5
    run(a, full, 1)
    run(b, half, 1)
    for one, other, start in zip(full, half, parameters(), strict=True):
        assert torch.allclose((one - start) / 2, other - start, atol=1e-6)


def test_clipping_is_per_cell():
    tensors = parameters()
    for tensor, gradient in zip(tensors, gradients(1)[0], strict=True):
        tensor.grad = gradient.clone()
        tensor.grad[3] *= 1e-3
    clip_per_cell(tensors, 1.0)
    squares = torch.stack([t.grad.flatten(1).square().sum(1) for t in tensors]).sum(0)
    assert torch.allclose(squares[[0, 1, 2, 4]], torch.ones(4), atol=1e-5)
    assert torch.allclose(tensors[1].grad[3], gradients(1)[0][1][3] * 1e-3)


def test_learning_rates_must_fit_the_cells():
    with pytest.raises(TegumError, match="learning_rate"):
        EnsembleAdam(parameters(), lr=[0.1, 0.2])
    with pytest.raises(TegumError, match="cell axis"):
        EnsembleAdam([nn.Parameter(torch.zeros(2, 3)), nn.Parameter(torch.zeros(3, 3))], lr=0.1)


def test_periodic_cosine_repeats_and_vanishes_at_odd_half_periods():
    schedule = Schedule("periodic_cosine", 8192)
    assert schedule.period == 1024
    for step in (0, 5, 300, 511, 700):
        assert schedule(step) == pytest.approx(schedule(step + 1024), abs=1e-12)
    assert [schedule(512 * odd) for odd in (1, 3, 5)] == pytest.approx([0, 0, 0], abs=1e-12)
    assert schedule(1023) == pytest.approx(0.99999, abs=1e-5)
    assert sum(schedule(s) for s in range(1024)) / 1024 == pytest.approx(0.5)


def test_periodic_cosine_equals_torch_stepped_beyond_its_end():
    weight = nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=16)
    ours = Schedule("periodic_cosine", 100, half_period=16)
    for step in range(100):
        assert optimiser.param_groups[0]["lr"] == pytest.approx(ours(step), abs=1e-9)
        optimiser.step()
        theirs.step()


def test_schedules_have_their_shapes():
    linear = Schedule("linear_decay_second_half", 100)
    assert [linear(s) for s in (0, 50, 75, 99)] == pytest.approx([1.0, 1.0, 0.5, 0.02])
    cosine = Schedule("cosine", 100)
    assert [cosine(s) for s in (0, 50)] == pytest.approx([1.0, 0.5])
    assert 0 < cosine(99) < 0.001
    warm = Schedule("constant", 100, warm_up=4)
    assert [warm(s) for s in (0, 3, 4, 50)] == pytest.approx([0.2, 0.8, 1.0, 1.0])
    with pytest.raises(TegumError):
        Schedule("step", 100)


def test_checkpoints_are_log_spaced_and_include_both_phases():
    assert checkpoint_steps(Schedule("constant", 10)) == (0, 1, 3, 7, 9)
    assert checkpoint_steps(Schedule("constant", 8)) == (0, 1, 3, 7)
    assert checkpoint_steps(Schedule("constant", 1)) == (0,)
    periodic = Schedule("periodic_cosine", 4608)
    steps = checkpoint_steps(periodic)
    assert steps[-4:] == (3584, 4095, 4096, 4607)
    scales = {periodic(s) for s in steps if s > 3000}
    assert max(scales) == pytest.approx(1.0) and min(scales) < 1e-9
