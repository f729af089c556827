"""Losses beside the squared error that architectures have where told: Multi-TopK, JumpReLU's."""

import math

import pytest
import torch

from tegum.dictionaries.base import Forward
from tegum.dictionaries.fit import train_dictionary
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.dictionaries.topk import TopK
from tegum.errors import TegumError
from tegum.synthetic.batches import TensorStream
from tegum.training.plan import Plan

INPUTS, LATENTS, CELLS = 6, 12, 8
SHAPE = {"n_inputs": INPUTS, "latents": LATENTS}


def drawn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def shaken(dictionary):
    """The dictionary away from its start, with unit directions where it has them."""
    with torch.no_grad():
        for number, parameter in enumerate(dictionary.parameters()):
            parameter.add_(0.2 * drawn(*parameter.shape, seed=number))
    dictionary.project()
    return dictionary


def data(samples=600):
    """Sparse combinations of more features than inputs, (1, sample, input)."""
    draw = torch.Generator().manual_seed(3)
    codes = torch.rand(samples, 16, generator=draw)
    codes = codes * (torch.rand(samples, 16, generator=draw) < 0.15)
    return (codes @ torch.randn(16, INPUTS, generator=draw))[None]


def train(dictionary, steps, rate):
    stream = TensorStream(data(), [0] * CELLS, range(CELLS), 32)
    train_dictionary(dictionary, stream, Plan(steps=steps, learning_rate=rate))
    return dictionary


def error_with(dictionary, before, x, k):
    """Squared error with the k largest of each sample, by sorting: of one cell."""
    order = before.argsort(dim=1, descending=True)[:, :k]
    codes = torch.zeros_like(before).scatter(1, order, before.gather(1, order).relu())
    rebuilt = codes @ dictionary.decoder[0] + dictionary.decoder_bias[0]
    return (rebuilt - x).square().sum(1).mean()


@pytest.mark.parametrize(("k", "multi", "more"), [(2, 3, 6), (3, 4, 12), (5, 4, 12)])
def test_multi_topk_adds_the_weighted_error_with_several_times_as_many_latents(k, multi, more):
    topk = shaken(TopK(**SHAPE, seeds=[1], k=k, multi_weight=1 / 8, multi=multi))
    x = drawn(20, INPUTS, seed=5)
    before = topk._pre_activations(x[None])[0]
    few, many = (error_with(topk, before, x, n) for n in (k, more))
    torch.testing.assert_close(topk.loss((x[None],))[0], few + many / 8)
    assert torch.equal(topk.encode(x[None]), TopK.sparsify(topk, before[None]))


def test_multi_topk_goes_with_the_loss_on_dead_latents():
    with_both, plain, multi = (
        shaken(TopK(**SHAPE, seeds=[1], k=2, dead_after=1, **options))
        for options in (
            {"auxiliary_weight": 0.5, "multi_weight": 0.5},
            {"auxiliary_weight": 0.5},
            {"multi_weight": 0.5},
        )
    )
    for one in (with_both, plain, multi):
        with torch.no_grad():
            one.encoder_bias[:, :4] = -20.0
    x = drawn(1, 20, INPUTS, seed=5)
    bare = shaken(TopK(**SHAPE, seeds=[1], k=2))
    bare.load_state_dict(multi.state_dict())
    first, second, third, none = (d.loss((x,)).item() for d in (with_both, plain, multi, bare))
    assert first - none == pytest.approx((second - none) + (third - none), rel=1e-4)


def test_a_dictionary_of_multi_topk_can_be_read_with_more_latents():
    found = {}
    for weight in (0.0, 1 / 8):
        topk = train(TopK(**SHAPE, seeds=range(CELLS), k=1, multi_weight=weight), 400, 0.01)
        x = data().expand(CELLS, -1, -1)
        at_k = topk.error(x, topk.encode(x))[0].mean()
        topk.k.fill_(4)
        found[weight] = at_k.item(), topk.error(x, topk.encode(x))[0].mean().item()
    assert found[0.0][1] > found[0.0][0], "with more latents than its k it is worse than with k"
    assert found[1 / 8][1] < 0.7 * found[1 / 8][0]


@pytest.mark.parametrize("wrong", [{"multi_weight": -1.0}, {"multi": 1}])
def test_multi_topk_refuses_a_negative_weight_and_no_more_latents(wrong):
    with pytest.raises(TegumError, match="give a weight of at least 0 and a factor of k"):
        TopK(**SHAPE, seeds=[1], k=2, **wrong)


def jump(cells=2, **options):
    chosen = {"penalty_strength": 0.7, "threshold": 0.3, **options}
    return shaken(JumpReLU(**SHAPE, seeds=range(cells), **chosen))


def test_the_tanh_penalty_is_that_of_the_formula():
    dictionary = jump(firing="tanh", tanh_scale=3.0)
    before = drawn(2, 20, LATENTS, seed=5)
    latents = dictionary.sparsify(before)
    found = dictionary.penalty(Forward(before, before, latents, before))
    for cell in range(2):
        norms = dictionary.decoder[cell].norm(dim=1)
        expected = 0.7 * torch.tanh(3.0 * latents[cell] * norms).sum(1).mean()
        torch.testing.assert_close(found[cell], expected)


def test_a_tanh_of_large_latents_is_their_number():
    step, tanh = jump(), jump(firing="tanh", tanh_scale=1e3)
    before = drawn(2, 20, LATENTS, seed=5)
    latents = step.sparsify(before)
    at = Forward(before, before, latents, before)
    assert 0 < (latents > 0).float().mean() < 1
    torch.testing.assert_close(step.penalty(at), tanh.penalty(at))


def test_pre_activations_below_their_thresholds_cost_what_they_lack():
    every, dead = (
        jump(penalty_strength=0.0, pre_activation_weight=0.1, dead_after=n) for n in (None, 40)
    )
    before = drawn(2, 20, LATENTS, seed=5)
    before[0, :, :5] = -1.0
    latents = every.sparsify(before)
    at = Forward(before, before, latents, before)
    lacking = (every.log_threshold.exp()[:, None] - before).relu().mean(1)
    lacking = 0.1 * lacking * every.decoder.norm(dim=2)
    torch.testing.assert_close(every.penalty(at), lacking.sum(1))
    assert dead.penalty(at).tolist() == [0.0, 0.0], "nobody has been silent for 40 samples"
    silent = lacking * ~(latents > 0).any(1)
    assert silent[0].any()
    torch.testing.assert_close(dead.penalty(at), silent.sum(1))
    assert not hasattr(every, "silent")


@pytest.mark.parametrize("dead_after", [None, 300])
def test_latents_that_start_dead_are_revived_by_the_loss_on_pre_activations(dead_after):
    """Their thresholds are above all pre-activations, and out of reach of the kernel."""
    alive, error, first = {}, {}, slice(0, 8)
    x = data().expand(CELLS, -1, -1)
    for weight in (0.0, 3e-3):
        dictionary = JumpReLU(
            **SHAPE,
            seeds=range(CELLS),
            penalty_strength=0.02,
            pre_activation_weight=weight,
            dead_after=dead_after,
        )
        with torch.no_grad():
            dictionary.log_threshold[:, first] = math.log(2.0)
        assert not dictionary.encode(x)[:, :, first].any()
        latents = train(dictionary, 400, 0.01).encode(x)
        alive[weight] = (latents > 0).any(1)[:, first].float().mean()
        error[weight] = dictionary.error(x, latents)[0].mean()
    assert alive[0.0] == 0.0
    assert alive[3e-3] > 0.7
    assert error[3e-3] < 0.4 * error[0.0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"firing": "tan"}, "firing is 'tan'; give one of step, tanh"),
        ({"tanh_scale": 0.0}, "give a scale above 0"),
        ({"pre_activation_weight": -1.0}, "a weight of at least 0"),
    ],
)
def test_jumprelu_refuses_penalties_that_there_are_not(wrong, message):
    with pytest.raises(TegumError, match=message):
        jump(**wrong)
