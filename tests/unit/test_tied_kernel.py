"""The compiled kernel of tied autoencoders: law of its data, gradients, trajectories, company."""

import numpy as np
import pytest
import torch
from scipy import stats

from tegum.errors import TegumError
from tegum.models.tied import Tied
from tegum.models.tied_listed import ListTied
from tegum.synthetic.listed import ListStream, dense, feature_stream
from tegum.synthetic.sets import FeatureStream
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

SHAPES = [(1, 1, 5), (2, 1, 1), (5, 2, 40), (20, 5, 300), (17, 7, 129), (80, 10, 64)]
"""(n_features, n_dimensions, batch)"""


def drawn(seed, step, batch, probabilities):
    """Features (sample, feature) of a batch of one cell."""
    p = np.asarray(probabilities, float)[None]
    return dense(ListStream(seeds=[seed], probabilities=p, batch=batch).batch(step), p.shape[1])[
        0
    ].numpy()


def build(cells, shape, output="relu", p=0.1, l1=0.0, with_bias=True, engine="compiled"):
    """Cells are numbers: the same number is always the same model on the same data."""
    n, m, batch = shape
    pack = padded(cells)
    start = [np.random.default_rng(c).standard_normal((n, m)) * m**-0.5 for c in pack]
    model = ListTied(
        weight=np.stack(start).astype(np.float32),
        output=output,
        importance=np.stack([(0.9 + 0.01 * (c % 5)) ** np.arange(n) for c in pack]),
        with_bias=with_bias,
        l1_hidden=[l1 * (c % 3) for c in pack],
    )
    probabilities = np.stack([np.full(n, p * (1 + c % 2)) for c in pack])
    probabilities[:, 0] /= 2
    data = feature_stream(engine, seeds=pack, probabilities=probabilities, batch=batch)
    return model, data


def trained(cells, shape, steps, chunk=None, *, rate=0.003, **options):
    prepare_process()
    plan_options = {k: options.pop(k) for k in ("gradient_clip", "weight_decay") if k in options}
    model, stream = build(cells, shape, **options)
    plan = Plan(
        steps=steps,
        learning_rate=[rate * (1 + c % 2) for c in padded(cells)],
        schedule=Schedule("cosine", steps, warm_up=3),
        **plan_options,
    )
    loop = Loop(model, stream, plan, keep=len(cells))
    loop.start()
    while loop.step < steps:
        loop.advance(loop.step + (chunk or steps), loop.optimiser.step)
    return loop.result()


@pytest.mark.parametrize("p", [0.002, 1 / 64, 0.3, 1.0])
def test_the_sampled_law_is_bernoulli_times_uniform(p):
    """Millions of entries: counts, positions, values, empty samples, pairs of neighbours."""
    n, batch, steps = 12, 1000, 100
    probabilities = np.full(n, p)
    probabilities[3] = p / 4
    active, empty, values, together = np.zeros(n), 0, [], 0
    for step in range(steps):
        features = drawn(5, step, batch, probabilities)
        on = features > 0
        active += on.sum(0)
        empty += batch - on.any(1).sum()
        together += (on[:, 0] & on[:, 1]).sum()
        values.append(features[on])
    trials = batch * steps
    for feature in range(n):
        test = stats.binomtest(int(active[feature]), trials, probabilities[feature])
        assert test.pvalue > 1e-5, feature
    assert stats.binomtest(int(empty), trials, np.prod(1 - probabilities)).pvalue > 1e-5
    assert stats.binomtest(int(together), trials, p * p).pvalue > 1e-5
    found = np.concatenate(values)
    assert found.min() > 0
    assert found.max() <= 1
    assert stats.kstest(found, "uniform").pvalue > 1e-5


def test_draws_depend_on_seed_and_step_alone():
    one, again = drawn(3, 7, 50, [0.2] * 6), drawn(3, 7, 50, [0.2] * 6)
    assert np.array_equal(one, again)
    for other in (drawn(4, 7, 50, [0.2] * 6), drawn(3, 8, 50, [0.2] * 6)):
        assert not np.array_equal(one, other)
    # Neighbouring seeds and steps are no shifted copies of each other.
    words = {tuple(drawn(s, t, 50, [0.2] * 6).ravel()[:40]) for s in range(9) for t in range(9)}
    assert len(words) == 81


def test_a_cell_draws_the_same_alone_and_in_company():
    seeds, p = [5, -3, 2**63 + 1], np.array([[0.1, 0.3], [0.9, 0.2], [0.01, 0.01]])
    stream = ListStream(seeds=seeds, probabilities=p, batch=40)
    together = dense(stream.batch(4), 2)
    for cell in range(3):
        assert torch.equal(dense(stream.select(cell).batch(4), 2)[0], together[cell])


@pytest.mark.parametrize("l1", [0.0, 0.3])
@pytest.mark.parametrize("output", ["relu", "linear"])
@pytest.mark.parametrize("bias", [0.0, -0.4])
@pytest.mark.parametrize("shape", SHAPES)
def test_loss_and_gradients_are_those_of_autograd(shape, bias, output, l1):
    """With a low bias most outputs are silent, and go backward one by one."""
    model, stream = build([4, 5, 9], shape, output, l1=l1)
    with torch.no_grad():
        model.bias.normal_(generator=torch.Generator().manual_seed(0)).mul_(0.1).add_(bias)
    batch = stream.batch(0)
    plain = Tied(
        weight=model.weight.detach().numpy(), output=output, importance=model.importance.numpy(),
        l1_hidden=model.l1_hidden,
    ).double()  # fmt: skip
    with torch.no_grad():
        plain.bias.copy_(model.bias)
    expected = plain.loss((dense(batch, shape[0]).double(),))
    weights = torch.arange(1.0, len(expected) + 1)
    (expected * weights).sum().backward()
    found = model.loss(batch)
    (found * weights).sum().backward()
    assert found.tolist() == pytest.approx(expected.tolist(), rel=2e-6, abs=1e-9)
    for ours, theirs in ((model.weight, plain.weight), (model.bias, plain.bias)):
        apart = (ours.grad - theirs.grad).abs().amax()
        assert apart <= 3e-6 * max(theirs.grad.abs().amax(), 1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_cell_is_bitwise_the_same_alone_and_in_company_and_in_any_chunks(shape):
    options = {"gradient_clip": 0.5, "weight_decay": 0.01, "l1": 0.1}
    alone = trained([3], shape, 30, **options)
    for company, chunk in (([8, 3], None), ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 7)):
        other = trained(company, shape, 30, chunk, **options)
        for name, values in alone.parameters.items():
            assert values[0].tobytes() == other.parameters[name][company.index(3)].tobytes()
        assert alone.records["loss"][0].tobytes() == (
            other.records["loss"][company.index(3)].tobytes()
        )


class Double:
    """The kernel's own batches through autograd and Adam in float64."""

    def __init__(self, cell, shape, steps, jitter, options):
        model, stream = build([cell], shape, l1=options["l1"])
        self.model = model.select(slice(0, 1)).double()
        rng = np.random.default_rng(jitter)
        with torch.no_grad():
            noise = torch.from_numpy(rng.standard_normal(self.model.weight.shape))
            self.model.weight.mul_(1 + (1e-7 if jitter else 0.0) * noise)
        self.optimiser = torch.optim.AdamW(
            [self.model.weight, self.model.bias], lr=0.0, weight_decay=options["weight_decay"]
        )
        scale = Schedule("cosine", steps, warm_up=3)
        self.losses = []
        for step in range(steps):
            whole = dense(stream.select(0).batch(step), shape[0]).double()
            for group in self.optimiser.param_groups:
                group["lr"] = 0.003 * (1 + cell % 2) * scale(step)
            self.optimiser.zero_grad()
            loss = self.model.loss((whole,))
            loss.sum().backward()
            slopes = [self.model.weight.grad, self.model.bias.grad]
            norm = torch.stack([slope.square().sum() for slope in slopes]).sum().sqrt()
            for slope in slopes:
                slope.mul_(min(1.0, options["gradient_clip"] / norm.item()))
            self.optimiser.step()
            self.losses.append(loss.item())


@pytest.mark.parametrize("shape", [(5, 2, 40), (20, 5, 300), (17, 7, 129)])
def test_forty_steps_stay_in_the_band_of_tiny_perturbations_of_float64(shape):
    options = {"gradient_clip": 0.5, "weight_decay": 0.01, "l1": 0.1}
    found = trained([4], shape, 40, chunk=1, **options)
    exact = Double(4, shape, 40, 0, options)
    apart = [
        np.abs(Double(4, shape, 40, jitter, options).model.weight.detach().numpy()
               - exact.model.weight.detach().numpy()).max()
        for jitter in range(1, 6)
    ]  # fmt: skip
    error = np.abs(found.parameters["weight"][0] - exact.model.weight.detach().numpy()[0]).max()
    assert error <= 10 * max(*apart, 1e-7)
    assert found.records["loss"][0, -1] == pytest.approx(exact.losses[-1], rel=2e-5)


def test_final_losses_of_both_engines_are_not_distinguishable():
    cells, shape = list(range(48)), (10, 3, 128)
    ends = {}
    for engine in ("torch", "compiled"):
        model, stream = build(cells, shape, engine=engine)
        Loop(model, stream, Plan(steps=600, learning_rate=0.01)).run()
        probabilities = np.stack([np.full(10, 0.1 * (1 + c % 2)) for c in cells])
        probabilities[:, 0] /= 2
        held_out = FeatureStream(
            seeds=[1000 + c for c in cells], probabilities=probabilities, batch=4096
        )
        with torch.no_grad():
            ends[engine] = model.loss(held_out.batch(0)).numpy().astype(float)
    apart = np.log(ends["compiled"]) - np.log(ends["torch"])
    assert stats.ttest_1samp(apart, 0.0).pvalue > 0.01
    assert abs(apart.mean()) < 0.05
    assert stats.wilcoxon(apart).pvalue > 0.01


def test_what_is_not_trained_stays():
    result = trained([1, 2], (6, 3, 64), 20, with_bias=False)
    assert not result.parameters["bias"].any()


def test_the_choice_follows_data_and_device():
    def chosen(engine, **options):
        p = np.full((2, 6), 0.1)
        return type(feature_stream(engine, seeds=[1, 2], probabilities=p, batch=8, **options))

    sets = {"correlation": "correlated", "set_size": 2}
    assert chosen("auto") is chosen("compiled") is ListStream
    assert chosen("torch") is chosen("auto", **sets) is FeatureStream
    for options in (sets, {"device": "cuda"}):
        with pytest.raises(TegumError, match="independent features on a CPU"):
            chosen("compiled", **options)


def test_weights_that_are_no_numbers_have_no_finite_loss():
    model, stream = build([1], (6, 3, 64))
    with torch.no_grad():
        model.weight[0, 0, 0] = torch.nan
    assert not torch.isfinite(model.loss(stream.batch(0))[0])
