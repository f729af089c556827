"""Dictionary architectures: losses and gradients from their formulas, bits, state, export."""

import numpy as np
import pytest
import torch
from torch import nn

from tegum.dictionaries.base import Forward, above, fires, kth_largest
from tegum.dictionaries.batchtopk import BatchTopK
from tegum.dictionaries.fit import fit_dictionary, geometric_median, train_dictionary
from tegum.dictionaries.gated import Gated
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.dictionaries.matryoshka import Matryoshka
from tegum.dictionaries.registry import ARCHITECTURES, architecture, build, sparsity_argument
from tegum.dictionaries.standard import Standard
from tegum.dictionaries.topk import TopK
from tegum.errors import TegumError
from tegum.synthetic.batches import TensorStream
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

INPUTS, LATENTS = 6, 12
OPTIONS = {
    "standard": {"sparsity": 0.3, "warm_up": 4, "dead_after": 100},
    "l1": {"sparsity": 0.3, "warm_up": 4},
    "gated": {"sparsity": 0.2},
    "jumprelu": {"sparsity": 0.1},
    "topk": {"sparsity": 3, "auxiliary_weight": 1 / 32, "dead_after": 60},
    "batchtopk": {"sparsity": 3, "auxiliary_weight": 1 / 32, "dead_after": 60},
    "matryoshka": {"sparsity": 3, "prefixes": (3, 6, 12)},
    "matching_pursuit": {"sparsity": 3},
}
ENCODERS = [name for name in ARCHITECTURES if not architecture(name).tied]


def make(name, seeds, **options):
    chosen = {**OPTIONS[name], **options}
    return build(name, n_inputs=INPUTS, latents=LATENTS, seeds=seeds, **chosen)


def shaken(name, cells=2, **options):
    """An ensemble away from its start, with unit directions where the architecture has them."""
    dictionary = make(name, list(range(cells)), **options)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in dictionary.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    dictionary.project()
    return dictionary


def drawn(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def batch(cells=2, samples=20):
    return drawn(cells, samples, INPUTS, seed=2)


def data(samples=500):
    draw = torch.Generator().manual_seed(3)
    codes = torch.rand(samples, 16, generator=draw) * (
        torch.rand(samples, 16, generator=draw) < 0.1
    )
    return (codes @ torch.randn(16, INPUTS, generator=draw))[None]


def fitted(name, seeds, steps=30, **options):
    pack = padded(seeds)
    per_cell = {k: padded(v) if isinstance(v, list) else v for k, v in options.items()}
    dictionary = make(name, pack, **per_cell)
    rate = [0.01 if s % 2 else 0.003 for s in pack]
    plan = Plan(steps=steps, learning_rate=rate, schedule=Schedule("cosine", steps))
    fit_dictionary(dictionary, data(), [0] * len(pack), pack, plan, 32, keep=len(seeds))
    return dictionary


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_cell_is_bitwise_the_same_in_any_company(name):
    own = OPTIONS[name]["sparsity"]
    alone = fitted(name, [12], sparsity=[own])
    packed = fitted(name, [12, *range(20, 29)], sparsity=[own, *[2 * own] * 9])
    for key, value in alone.state_dict().items():
        assert value[0].numpy().tobytes() == packed.state_dict()[key][0].numpy().tobytes(), key


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_training_goes_on_from_saved_state_bit_by_bit(name):
    def loop(dictionary):
        plan = Plan(steps=20, learning_rate=0.01)
        return Loop(dictionary, TensorStream(data(), [0] * 8, range(8), 32), plan)

    whole = loop(make(name, range(8)))
    whole.run()
    first, second = loop(make(name, range(8))), loop(make(name, range(8)))
    first.start()
    first.advance(9, first.optimiser.step)
    second.ensemble.load_state_dict(first.ensemble.state_dict())
    second.optimiser.load_state_dict(first.optimiser.state_dict())
    second.step = 9
    second.run()
    for key, value in whole.ensemble.state_dict().items():
        assert value.numpy().tobytes() == second.ensemble.state_dict()[key].numpy().tobytes(), key


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_folding_the_scale_divides_latents_and_leaves_reconstructions(name):
    dictionary = shaken(name, scale=[2.0, 0.5])
    x = batch()
    dictionary.loss((x,))  # sets the thresholds of those that have one
    with torch.no_grad():
        latents = dictionary.encode(x)
        rebuilt = dictionary.decode(latents)
        dictionary.fold()
        folded = dictionary.encode(x)
        torch.testing.assert_close(folded * torch.tensor([2.0, 0.5])[:, None, None], latents)
        torch.testing.assert_close(dictionary.decode(folded), rebuilt)
    assert dictionary.scale.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["standard", "l1", "gated", "jumprelu"])
def test_folding_norms_leaves_who_fires_and_reconstructions(name):
    dictionary = shaken(name, decoder_norm=0.5)
    norms = dictionary.decoder.detach().norm(dim=2)
    assert (norms - 1).abs().max() > 0.1
    with torch.no_grad():
        latents = dictionary.encode(batch())
        rebuilt = dictionary.decode(latents)
        dictionary.fold_norms()
        folded = dictionary.encode(batch())
        assert 0 < (folded > 0).float().mean() < 1
        torch.testing.assert_close(folded, latents * norms[:, None])
        torch.testing.assert_close(dictionary.decode(folded), rebuilt)
    torch.testing.assert_close(dictionary.decoder.detach().norm(dim=2), torch.ones(2, LATENTS))


@pytest.mark.parametrize("name", ENCODERS)
def test_norms_start_as_told_and_those_of_free_directions_are_not_set_back(name):
    kept = make(name, [1, 2], encoder_norm=0.3, decoder_norm=None)
    free = make(name, [1, 2], encoder_norm=0.3, decoder_norm=0.2)
    for dictionary, norm in ((kept, 1.0), (free, 0.2)):
        assert dictionary.encoder.norm(dim=2).detach().numpy() == pytest.approx(0.3)
        assert dictionary.decoder.norm(dim=2).detach().numpy() == pytest.approx(norm)
        dictionary.decoder.data.mul_(3)
        dictionary.project()
        after = 1.0 if norm == 1.0 else 3 * norm
        assert dictionary.decoder.norm(dim=2).detach().numpy() == pytest.approx(after)
    torch.testing.assert_close(kept.directions(), free.directions())
    for wrong in ({"encoder_norm": 0.0}, {"decoder_norm": -1.0}):
        with pytest.raises(TegumError, match="give numbers above 0"):
            make(name, [1], **wrong)


def test_names_and_sparsity():
    assert sparsity_argument("gated") == "penalty_strength" and sparsity_argument("topk") == "k"
    with pytest.raises(TegumError, match="unknown architecture"):
        build("vanilla", sparsity=1)
    for k in (0, LATENTS + 1, [1, 2, 3]):
        with pytest.raises(TegumError, match="k is"):
            make("topk", [1, 2], sparsity=k)
    for prefixes in ((3, 6), (6, 3, 12), (0, 12)):
        with pytest.raises(TegumError, match="prefixes"):
            make("matryoshka", [1], prefixes=prefixes)
    with pytest.raises(TegumError, match="weights"):
        make("matryoshka", [1], weights=(1.0,))


@pytest.mark.parametrize("name", ENCODERS)
def test_gradients_of_the_pre_activations_are_those_of_autograd(name):
    dictionary = make(name, [1, 2])
    x, weights = drawn(2, 7, INPUTS, seed=0).requires_grad_(), drawn(2, 7, LATENTS, seed=1)
    own = (dictionary.decoder_bias, dictionary.encoder, dictionary.encoder_bias)
    found = torch.autograd.grad((dictionary._pre_activations(x) * weights).sum(), (x, *own))
    bias, encoder, offset = (p.detach().double().requires_grad_() for p in own)
    exact = x.detach().double().requires_grad_()
    before = torch.einsum("csi,cli->csl", exact - bias[:, None], encoder) + offset[:, None]
    expected = torch.autograd.grad((before * weights).sum(), (exact, bias, encoder, offset))
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one.double(), other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("k", [[1, 1], [3, 3], [2, 9]])
def test_the_kth_largest_is_found_for_each_cell(k):
    values = drawn(2, 6, 9, seed=0)
    found = kth_largest(values, torch.tensor(k))
    for cell in range(2):
        ordered = values[cell].sort(dim=1, descending=True).values
        assert torch.equal(found[cell, :, 0], ordered[:, k[cell] - 1])


def test_topk_keeps_the_positive_ones_of_the_k_largest_and_what_ties_with_the_last():
    dictionary = TopK(n_inputs=2, latents=5, k=2, seeds=[1])
    before = torch.tensor([[[3.0, 1.0, 2.0, 2.0, -1.0], [-3.0, 1.0, 0.0, -2.0, -1.0]]])
    expected = [[[3.0, 0.0, 2.0, 2.0, 0.0], [0.0, 1.0, 0.0, 0.0, 0.0]]]
    assert torch.equal(dictionary.sparsify(before), torch.tensor(expected))


def test_masks_are_one_where_the_comparison_holds():
    values, bound = drawn(2, 6, 9, seed=0), drawn(2, 1, 9, seed=1)
    assert torch.equal(above(values, bound), (values > bound).float())
    assert torch.equal(fires(values, bound), ((values >= bound) & (values > 0)).float())
    assert torch.equal(fires(values, values), (values > 0).float())


def test_gated_latents_and_loss_are_those_of_the_formula():
    gated = shaken("gated", decoder_norm=None)
    assert isinstance(gated, Gated)
    x = batch()
    for cell, loss in enumerate(gated.loss((x,))):
        w, d = gated.encoder[cell], gated.decoder[cell]
        centred = x[cell] - gated.decoder_bias[cell]
        pi = centred @ w.T + gated.encoder_bias[cell]
        scaled = w * gated.log_gain[cell].exp()[:, None]
        f = (pi > 0) * (centred @ scaled.T + gated.magnitude_bias[cell]).relu()
        torch.testing.assert_close(gated.encode(x)[cell], f)
        main = (f @ d + gated.decoder_bias[cell] - x[cell]).square().sum(1).mean()
        gate = (pi.relu() @ d + gated.decoder_bias[cell] - x[cell]).square().sum(1).mean()
        torch.testing.assert_close(loss, main + 0.2 * pi.relu().sum(1).mean() + gate)


def test_a_gates_penalty_weighs_latents_by_the_norms_of_free_directions():
    gated = shaken("gated", decoder_norm=0.5)
    scaled = make("gated", [0, 1], decoder_norm=None)
    scaled.load_state_dict(gated.state_dict())
    scaled.fold_norms()
    torch.testing.assert_close(gated.loss((batch(),)), scaled.loss((batch(),)))


def test_the_gates_own_error_moves_the_decoder_where_told():
    gated = shaken("gated", sparsity=0.0)
    x = batch()
    before = gated._pre_activations(x).detach()
    gated.penalty(Forward(x, before, before, x)).sum().backward()
    gate = before.relu()
    residual = gate @ gated.decoder.detach() + gated.decoder_bias.detach()[:, None] - x
    torch.testing.assert_close(gated.decoder.grad, 2 / 20 * gate.transpose(1, 2) @ residual)
    torch.testing.assert_close(gated.decoder_bias.grad, 2 / 20 * residual.sum(1))


def test_no_gradient_of_the_gates_own_error_reaches_the_decoder():
    gated = shaken("gated", sparsity=0.0, decoder_norm=None, gate_moves_decoder=False)
    x = batch()
    before = gated._pre_activations(x)
    at = Forward(x, before, gated.sparsify(before), x)
    gated.penalty(at).sum().backward()
    assert gated.decoder.grad is None
    assert gated.encoder.grad is not None and gated.encoder.grad.abs().max() > 0
    # The decoder's bias is reached through the centring of the input alone.
    through = at.pre_activations.relu().detach() @ gated.decoder.detach()
    residual = through + gated.decoder_bias.detach()[:, None] - x
    to_gate = 2 / 20 * residual @ gated.decoder.detach().transpose(1, 2) * (before > 0)
    expected = -(to_gate @ gated.encoder.detach()).sum(1)
    torch.testing.assert_close(gated.decoder_bias.grad, expected)


def test_the_jump_and_its_straight_through_gradients_are_those_of_the_formula():
    eps = 0.4
    jump = shaken("jumprelu", threshold=0.3, bandwidth=eps, sparsity=0.0)
    assert isinstance(jump, JumpReLU)
    before = drawn(2, 50, LATENTS, seed=5)
    before.requires_grad_()
    theta = jump.log_threshold.detach().exp()[:, None]
    out = jump.sparsify(before)
    torch.testing.assert_close(out, torch.where(before > theta, before, 0.0))
    weight = drawn(*out.shape, seed=6)
    (out * weight).sum().backward()
    torch.testing.assert_close(before.grad, weight * (before > theta))
    kernel = (((before - theta) / eps).abs() < 0.5).float()
    slope = (-(theta / eps) * kernel * weight).sum(1)
    torch.testing.assert_close(jump.log_threshold.grad, slope * theta[:, 0])


def test_the_step_has_a_gradient_to_the_threshold_and_none_to_what_comes_before():
    eps, strength = 0.4, 0.7
    jump = shaken("jumprelu", threshold=0.3, bandwidth=eps, sparsity=strength)
    before = drawn(2, 50, LATENTS, seed=5)
    before.requires_grad_()
    theta = jump.log_threshold.detach().exp()[:, None]
    penalty = jump.penalty(Forward(before, before, before, before))
    torch.testing.assert_close(penalty, strength * (before > theta).float().sum(2).mean(1))
    penalty.sum().backward()
    assert before.grad is None
    kernel = (((before - theta) / eps).abs() < 0.5).float()
    expected = strength * (-(1 / eps) * kernel).sum(1) / 50 * theta[:, 0]
    torch.testing.assert_close(jump.log_threshold.grad, expected)


def test_topk_takes_a_number_of_latents_per_cell():
    dictionary = shaken("topk", sparsity=[2, 5])
    with torch.no_grad():
        before = dictionary._pre_activations(batch())
        latents = dictionary.sparsify(before)
    for cell, k in enumerate((2, 5)):
        order = before[cell].argsort(dim=1, descending=True)[:, :k]
        kept = torch.zeros_like(before[cell]).scatter(
            1, order, before[cell].gather(1, order).relu()
        )
        torch.testing.assert_close(latents[cell], kept, rtol=0, atol=0)


def test_batchtopk_keeps_k_per_sample_of_the_batch_for_each_cell():
    dictionary = shaken("batchtopk", sparsity=[1, 3])
    with torch.no_grad():
        before = dictionary._pre_activations(batch())
        latents = dictionary.sparsify_batch(before)
    for cell, k in enumerate((1, 3)):
        flat = before[cell].relu().flatten().sort(descending=True).values
        assert (latents[cell] > 0).sum() == k * 20
        torch.testing.assert_close(
            latents[cell].flatten().sort(descending=True).values[: k * 20], flat[: k * 20]
        )
        assert dictionary.threshold[cell] == flat[k * 20 - 1]


def test_the_threshold_is_a_moving_average_and_exports_as_jumprelu():
    dictionary = shaken("batchtopk", sparsity=2, threshold_rate=0.25)
    assert isinstance(dictionary, BatchTopK)
    x = batch()
    kept = []
    for _ in range(3):
        x = x.flip(1) * 1.2
        with torch.no_grad():
            before = dictionary._pre_activations(x)
            dictionary.sparsify_batch(before)
        kept.append(before.flatten(1).sort(descending=True).values[:, 39])
    expected = (kept[0] * 0.75 + kept[1] * 0.25) * 0.75 + kept[2] * 0.25
    torch.testing.assert_close(dictionary.threshold, expected)
    with torch.no_grad():
        latents = dictionary.encode(x)
        assert (latents > 0).any() and not (latents > 0).all()
        exported = dictionary.as_jumprelu()
        torch.testing.assert_close(exported.encode(x), latents, rtol=0, atol=0)
        torch.testing.assert_close(exported.decode(latents), dictionary.decode(latents))


def test_a_batch_without_positive_activations_leaves_the_threshold():
    dictionary = shaken("batchtopk", sparsity=2)
    dictionary.sparsify_batch(torch.ones(2, 4, LATENTS))
    latents = dictionary.sparsify_batch(-torch.ones(2, 4, LATENTS))
    assert not latents.any() and dictionary.threshold.tolist() == [1.0, 1.0]


def test_matryoshka_sums_the_weighted_errors_of_its_prefixes():
    weights = (0.5, 0.2, 2.0)
    dictionary = shaken("matryoshka", weights=weights)
    assert isinstance(dictionary, Matryoshka)
    x = batch()
    with torch.no_grad():
        f = dictionary.sparsify_batch(dictionary._pre_activations(x))
        expected = sum(
            w
            * (f[..., :n] @ dictionary.decoder[:, :n] + dictionary.decoder_bias[:, None] - x)
            .square()
            .sum(2)
            .mean(1)
            for w, n in zip(weights, (3, 6, 12), strict=True)
        )
    torch.testing.assert_close(dictionary.loss((x,)), expected)


@pytest.mark.parametrize("rectified", [True, False])
def test_dead_latents_explain_the_residual_and_living_ones_get_no_gradient(rectified):
    unless = {} if rectified else {"auxiliary_rectified": False}
    topk = shaken("topk", sparsity=2, auxiliary_weight=0.5, dead_after=60, **unless)
    assert isinstance(topk, TopK) and topk.auxiliary is not None
    x = batch()
    dead = torch.zeros(2, LATENTS, dtype=torch.bool)
    dead[0, 4:9] = True  # more than may take part
    before = topk._pre_activations(x).detach() + 10.0 * ~dead[:, None]
    before.requires_grad_()
    latents = topk.sparsify(before)
    residual = topk.error(x, latents)[1]
    at = Forward(x, before, latents, residual)
    assert topk.penalty(at) is None  # nobody is dead yet
    topk.auxiliary.silent.copy_(torch.where(dead, 60, 0))
    loss = topk.penalty(at)
    assert loss is not None and loss[1] == 0
    left = -residual[0].detach()
    among = before[0].detach().clone()
    among[:, ~dead[0]] = -torch.inf
    order = among.argsort(dim=1, descending=True)[:, :3]
    codes = torch.zeros_like(among).scatter(1, order, among.gather(1, order))
    assert (codes < 0).any()
    codes = codes.relu() if rectified else codes
    wrong = (left - codes @ topk.decoder[0].detach()).square().sum()
    variance = (left - left.mean(0)).square().sum()
    torch.testing.assert_close(loss[0], 0.5 * wrong / variance)
    loss.sum().backward()
    assert before.grad is not None
    assert not before.grad[0][:, ~dead[0]].any() and not before.grad[1].any()
    silent = before[0].detach()[:, dead[0]] < 0
    assert before.grad[0][:, dead[0]][~silent].any()
    assert before.grad[0][:, dead[0]][silent].any() != rectified


def test_a_standard_direction_moves_on_the_sphere():
    standard = shaken("standard")
    standard.loss((batch(),)).sum().backward()
    along = (standard.decoder.grad * standard.decoder.detach()).sum(2)
    torch.testing.assert_close(along, torch.zeros_like(along), atol=1e-5, rtol=0)
    free = shaken("l1")
    free.loss((batch(),)).sum().backward()
    assert (free.decoder.grad * free.decoder.detach()).sum(2).abs().max() > 1e-2


def test_silent_latents_are_set_to_badly_reconstructed_inputs():
    standard = shaken("standard", dead_after=50, scale=2.0)
    assert isinstance(standard, Standard)
    x = batch()
    with torch.no_grad():
        loss = (standard.decode(standard.encode(x)) - x).square().sum(2)
    standard.silent[0, [2, 5]] = 50
    was = {n: p.detach().clone() for n, p in standard.named_parameters()}
    uniform = torch.rand(2, LATENTS, generator=torch.Generator().manual_seed(7))
    anew = standard.resample(x, uniform)
    assert anew.nonzero().tolist() == [[0, 2], [0, 5]]
    weight = loss[0].square().double() / loss[0].square().double().sum()
    norms = was["encoder"][0].norm(dim=1)
    for latent in (2, 5):
        chosen = int(np.searchsorted(weight.cumsum(0).numpy(), float(uniform[0, latent])))
        direction = nn.functional.normalize(x[0, chosen], dim=0)
        torch.testing.assert_close(standard.decoder[0, latent], direction)
        alive = norms[[i for i in range(LATENTS) if i not in (2, 5)]].mean()
        torch.testing.assert_close(standard.encoder[0, latent], 0.2 * alive * direction)
        assert standard.encoder_bias[0, latent] == 0 and standard.silent[0, latent] == 0
    for name in ("encoder", "decoder", "encoder_bias"):
        now = dict(standard.named_parameters())[name]
        assert torch.equal(now[~anew], was[name][~anew])


def test_resampling_while_training_forgets_the_moments_and_leaves_fewer_dead():
    def train(dictionary, steps, at):
        stream = TensorStream(data(), [0] * 8, range(8), 32)
        plan = Plan(steps=steps, learning_rate=0.01)
        train_dictionary(dictionary, stream, plan, resample_at=at, resample_seeds=range(8))

    def dead(resample_at):
        dictionary = make("standard", range(8), sparsity=0.05, dead_after=300)
        with torch.no_grad():
            dictionary.encoder_bias[:, :6] = -10.0  # silent whatever comes
        train(dictionary, 60, resample_at)
        active = dictionary.encode(data().expand(8, -1, -1)) > 0
        return (~active.any(1)).float().mean()

    assert dead(()) >= 0.5
    assert dead((30,)) < 0.1
    with pytest.raises(TegumError, match="no resampling"):
        train(make("l1", range(8)), 9, [3])


def test_the_geometric_median_has_no_net_pull():
    points = drawn(2, 200, 3, seed=8).exp()
    median = geometric_median(points)
    pull = nn.functional.normalize(points - median[:, None], dim=2).mean(1)
    assert pull.abs().max() < 1e-3
    assert (median - points.mean(1)).norm(dim=1).min() > 0.1


def test_a_dictionary_starts_where_it_is_told_at_any_scale():
    centre = geometric_median(data())[[0, 0]]
    dictionary = make("topk", range(2), centre=centre, scale=[1.0, 3.0])
    torch.testing.assert_close(dictionary.decode(torch.zeros(2, 1, LATENTS))[:, 0], centre)
