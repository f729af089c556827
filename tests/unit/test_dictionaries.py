"""Dictionaries: their losses against separate models, what they recover, and their scale."""

import numpy as np
import pytest
import torch
from torch import nn

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.fit import fit_dictionary, scalar_scale
from tegum.dictionaries.gated import Gated
from tegum.dictionaries.l1 import L1
from tegum.dictionaries.standard import Standard
from tegum.dictionaries.topk import TopK
from tegum.synthetic.features import feature_probabilities
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

SEEDS = [11, 12, 13]


def activations(samples=4000, n_features=32, n_inputs=16, p=0.05):
    stream = SuperpositionStream(
        task="decoder",
        seeds=[1],
        n_inputs=n_inputs,
        probabilities=feature_probabilities("uniform", n_features, p)[None],
        batch=samples,
    )
    return stream.batch(0)[0], stream.embedding[0]


def make(kind, seeds=SEEDS, **options):
    options = {"n_inputs": 16, "latents": 32, "seeds": seeds, **options}
    if kind == "topk":
        return TopK(k=3, **options)
    return L1(penalty_strength=[1.0 + i % 3 for i in range(len(seeds))], **options)


@pytest.mark.parametrize("kind", ["topk", "l1"])
def test_loss_and_gradients_equal_those_of_separate_models(kind):
    torch.manual_seed(0)
    centre = torch.randn(3, 16)
    dictionary = make(kind, scale=[1.0, 2.0, 0.5], centre=centre)
    with torch.no_grad():
        dictionary.encoder_bias.normal_(std=0.1)
        dictionary.encoder.add_(0.1 * torch.randn(3, 32, 16))
    x = torch.randn(3, 20, 16)
    losses = dictionary.loss((x,))
    losses.sum().backward()
    for cell in range(3):
        encoder, decoder = nn.Linear(16, 32).double(), nn.Linear(32, 16).double()
        with torch.no_grad():
            encoder.weight.copy_(dictionary.encoder[cell])
            encoder.bias.copy_(dictionary.encoder_bias[cell])
            decoder.weight.copy_(dictionary.decoder[cell].T)
            decoder.bias.copy_(dictionary.decoder_bias[cell])
        scaled = x[cell].double() * [1.0, 2.0, 0.5][cell]
        f = torch.relu(encoder(scaled - decoder.bias))
        if kind == "topk":
            smallest = f.sort(dim=1, descending=True).values[:, 2:3]
            f = f * (f >= smallest)
        loss = ((decoder(f) - scaled) ** 2).sum(1).mean()
        if kind == "l1":
            loss = loss + (1.0 + cell) * (f * decoder.weight.norm(dim=0)).sum(1).mean()
        loss.backward()
        assert losses[cell].item() == pytest.approx(loss.item(), rel=1e-5)
        for ours, theirs in (
            (dictionary.encoder, encoder.weight.grad),
            (dictionary.encoder_bias, encoder.bias.grad),
            (dictionary.decoder, decoder.weight.grad.T),
            (dictionary.decoder_bias, decoder.bias.grad),
        ):
            assert torch.allclose(ours.grad[cell].double(), theirs, rtol=1e-4, atol=1e-5)


def fitted(kind, seeds, data, steps=400, **options):
    pack = padded(seeds)
    scale = scalar_scale(data).repeat(len(pack))
    dictionary = make(kind, seeds=pack, scale=scale, **options)
    plan = Plan(
        steps=steps,
        learning_rate=0.01,
        schedule=Schedule("linear_decay_second_half", steps),
        gradient_clip=10.0,
    )
    zeros = [0] * len(pack)
    result = fit_dictionary(dictionary, data, zeros, pack, plan, 128, keep=len(seeds))
    return dictionary, result


@pytest.mark.parametrize("kind", ["topk", "l1"])
def test_the_generating_directions_are_recovered(kind):
    data, embedding = activations()
    dictionary, result = fitted(kind, SEEDS, data, steps=600)
    untrained = make(kind).directions() @ embedding
    cosine = dictionary.directions()[:3] @ embedding
    assert (cosine.amax(1) > 0.9).float().mean() > 0.75
    assert (untrained.amax(1) > 0.9).float().mean() < 0.1
    losses = result.records["loss"]
    assert losses.shape == (3, len(result.steps))
    assert np.all(losses[:, -1] < 0.8 * losses[:, 0])


def test_topk_keeps_k_latents_and_unit_directions():
    data, _ = activations(300)
    dictionary, _ = fitted("topk", SEEDS, data, steps=30)
    f = dictionary.encode(data.repeat(8, 1, 1))
    assert (f > 0).sum(2).max() <= 3 and (f >= 0).all()
    norms = dictionary.decoder.detach().norm(dim=2)[:3]
    assert torch.allclose(norms, torch.ones_like(norms), atol=1e-5)


def test_the_l1_penalty_is_warmed_up():
    dictionary = L1(n_inputs=4, latents=8, penalty_strength=1.0, seeds=[1], warm_up=3)
    x = torch.randn(1, 10, 4, generator=torch.Generator().manual_seed(0))
    free = L1(n_inputs=4, latents=8, penalty_strength=0.0, seeds=[1]).loss((x,))
    sizes = []
    for step in (0, 1, 3, 50):
        dictionary.begin(step)
        sizes.append((dictionary.loss((x,)) - free).item())
    assert np.array(sizes) / sizes[-1] == pytest.approx([0.25, 0.5, 1.0, 1.0], rel=1e-3)


@pytest.mark.parametrize("kind", [Standard, Gated])
def test_a_regulated_penalty_brings_l0_to_its_target_wherever_it_begins(kind):
    data, _ = activations()
    dictionary = kind(
        penalty_strength=[0.03, 0.1, 0.3, 1.0] * 2,
        target_l0=2.0,
        n_inputs=16,
        latents=32,
        seeds=[1] * 8,
    )
    schedule = Schedule("linear_decay_second_half", 400)
    plan = Plan(steps=400, learning_rate=0.01, schedule=schedule)
    fit_dictionary(dictionary, data, [0] * 8, [1] * 8, plan, 128)
    active = (dictionary.encode(data) > 0).float().sum(2).mean(1)
    assert active.numpy() == pytest.approx(np.full(8, 2.0), rel=0.2)


def test_a_weak_l1_solution_of_one_feature_shrinks_by_half_the_penalty():
    """f* = a - lambda / 2 for one unit direction (minimum of (a - f)^2 + lambda f)."""
    amplitude, strength = 2.0, 0.6
    data = torch.zeros(1, 10, 16)
    data[..., 0] = amplitude
    pack = padded([3])
    dictionary = L1(n_inputs=16, latents=1, penalty_strength=strength, seeds=pack)
    with torch.no_grad():
        dictionary.decoder.zero_()[..., 0] = 1.0
        dictionary.encoder.copy_(dictionary.decoder)
    for bias in (dictionary.decoder_bias, dictionary.decoder):
        bias.requires_grad_(False)
    plan = Plan(steps=1500, learning_rate=0.01, schedule=Schedule("cosine", 1500))
    fit_dictionary(dictionary, data, [0] * 8, pack, plan, 4, keep=1)
    f = dictionary.encode(data.repeat(8, 1, 1))[0, 0, 0].item()
    assert f == pytest.approx(amplitude - strength / 2, abs=1e-3)


def test_the_scale_gives_a_mean_norm_of_root_d():
    data = torch.randn(2, 500, 16) * torch.tensor([3.0, 0.2])[:, None, None]
    scaled = data * scalar_scale(data)[:, None, None]
    assert scaled.norm(dim=2).mean(1).tolist() == pytest.approx([4.0, 4.0], rel=1e-5)


def test_the_base_is_abstract():
    with pytest.raises(TypeError):
        Dictionary(n_inputs=2, latents=2, seeds=[1])
