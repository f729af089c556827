"""Ensembles: equal to separate models, and blind to their company."""

import math

import numpy as np
import pytest
import torch
from engine_setup import N_INPUTS, WIDTH, build, plan_for, recorder_for, same, seeds_of, trained
from torch import nn

from tegum.errors import TegumError
from tegum.models.two_layer import TwoLayer
from tegum.training.engine import TorchEngine
from tegum.training.loop import Loop
from tegum.training.plan import Plan, padded
from tegum.training.recorders import Recorder
from tegum.training.schedules import Schedule

CELLS = [3, 1, 4, 5, 9]


class Single(nn.Module):
    """One model of the ensemble, as one would write it alone."""

    def __init__(self, ensemble, cell, activation):
        super().__init__()
        self.inner = nn.Linear(N_INPUTS, WIDTH)
        self.outer = nn.Linear(WIDTH, ensemble.decoder.shape[1], bias=False)
        self.activation = activation
        with torch.no_grad():
            self.inner.weight.copy_(ensemble.encoder[cell])
            self.inner.bias.copy_(ensemble.bias[cell])
            self.outer.weight.copy_(ensemble.decoder[cell])
        self.double()

    def loss(self, x, y, l1_hidden, l1_weights):
        h = self.activation(self.inner(x.double()))
        error = ((self.outer(h) - y.double()) ** 2).sum(dim=1).mean()
        weights = self.inner.weight.abs().sum() + self.outer.weight.abs().sum()
        return error + l1_hidden * h.abs().sum() / len(x) + l1_weights * weights


ACTIVATIONS = {"relu": torch.relu, "gelu": nn.GELU(), "solu": lambda x: x * torch.exp(x)}


@pytest.mark.parametrize("l1", [0.0, 0.01], ids=["plain", "l1"])
@pytest.mark.parametrize("activation", ["relu", "gelu", "solu"])
@pytest.mark.parametrize("task", ["decoder", "random_projection", "absolute_value"])
def test_losses_and_gradients_equal_those_of_separate_models(task, activation, l1):
    ensemble, stream = build(CELLS, task=task, activation=activation, l1=l1, noise=0.1)
    engine = TorchEngine()
    engine.prepare(ensemble, stream, len(CELLS))
    losses = engine.gradients(7)
    inputs, targets = stream.batch(7)
    for cell, number in enumerate(CELLS):
        single = Single(ensemble, cell, ACTIVATIONS[activation])
        loss = single.loss(inputs[cell], targets[cell], l1 * (number % 2), l1 * (number % 3))
        loss.backward()
        assert losses[cell].item() == pytest.approx(loss.item(), rel=1e-5)
        for ours, theirs in (
            (ensemble.encoder, single.inner.weight),
            (ensemble.bias, single.inner.bias),
            (ensemble.decoder, single.outer.weight),
        ):
            assert torch.allclose(ours.grad[cell].double(), theirs.grad, rtol=1e-4, atol=1e-6)


def test_many_steps_follow_a_float64_reference_as_closely_as_rounding_allows():
    result = trained(CELLS, 60, bias_decay=0.0, schedule=Schedule("constant", 60))
    start, stream = build(CELLS)
    for cell, number in enumerate(CELLS):
        single = Single(start, cell, torch.relu)
        optimiser = torch.optim.Adam(single.parameters(), lr=0.002 * (1 + number % 3))
        for step in range(60):
            inputs, targets = stream.batch(step)
            optimiser.zero_grad()
            loss = single.loss(inputs[cell], targets[cell], 0.0, 0.0)
            loss.backward()
            optimiser.step()
        assert result.records["loss"][cell, -1] == pytest.approx(loss.item(), rel=1e-3)
        decoder = single.outer.weight.detach().numpy()
        assert np.abs(result.parameters["decoder"][cell] - decoder).max() < 2e-3


def test_initial_weights_follow_the_default_law_plus_the_offset():
    model = TwoLayer(
        n_inputs=16, width=400, n_outputs=64, activation="relu", seeds=[1, 2], bias_offset=[0, -1]
    )
    for weight, bound in ((model.encoder, 0.25), (model.decoder, 0.05)):
        values = weight.detach().double()
        assert values.abs().max() <= bound
        assert values.std() == pytest.approx(bound / math.sqrt(3), rel=0.02)
    assert model.bias[0].min() >= -0.25 and model.bias[0].max() <= 0.25
    assert model.bias[1].min() >= -1.25 and model.bias[1].max() <= -0.75
    assert not torch.equal(model.encoder[0], model.encoder[1])


def test_responses_are_hidden_activations_to_single_features():
    model, stream = build(CELLS)
    responses = model.responses(stream.embedding)
    for cell in range(len(CELLS)):
        for feature in (0, 5):
            x = stream.embedding[cell, :, feature]
            h = torch.relu(model.encoder[cell] @ x + model.bias[cell])
            assert torch.allclose(responses[cell, :, feature], h, atol=1e-6)


@pytest.mark.parametrize("large_entries", [1 << 18, 1], ids=["blocks", "one_after_another"])
@pytest.mark.parametrize("optimiser", ["adam", "lamb"])
def test_a_cell_is_bitwise_the_same_in_any_company(optimiser, large_entries):
    def run(cells):
        options = {"noise": 0.1, "l1": 0.003, "batch": 48}
        engine = TorchEngine(large_entries)
        return trained(cells, 150, engine=engine, optimiser=optimiser, build_options=options)

    alone = run([3])
    companies = [[3, 8], [7, 0, 3, 1, 2], [*range(4, 17), 3], [*range(20, 27), 3, 3]]
    for company in companies:
        assert same(alone, run(company), of=company.index(3))


@pytest.mark.parametrize("activation", ["gelu", "solu"])
def test_company_does_not_matter_for_other_activations_either(activation):
    options = {"activation": activation, "task": "absolute_value"}
    alone = trained([3], 40, build_options=options)
    packed = trained([*range(4, 17), 3], 40, build_options=options)
    assert same(alone, packed, of=13)


def test_the_number_of_steps_in_a_call_changes_nothing():
    whole = trained(CELLS, 70)
    for chunk in (1, 7):
        parts = trained(CELLS, 70, chunk=chunk)
        assert all(same(whole, parts, c, c) for c in range(len(CELLS)))


def test_cells_that_differ_in_learning_rate_start_alike_and_see_the_same_batches():
    model, stream = build([2, 2])
    plan = Plan(steps=4, learning_rate=[0.001, 0.01] * 4)
    before = model.encoder.detach().clone()
    assert torch.equal(before[0], before[1])
    assert all(torch.equal(part[0], part[1]) for step in range(4) for part in stream.batch(step))
    losses = Loop(model, stream, plan).run().records["loss"]
    assert losses[0, 0] == losses[1, 0] and losses[0, -1] != losses[1, -1]
    assert len(padded([2, 2])) == 8


def test_bias_decay_shrinks_by_the_stated_factor_in_the_first_half():
    steps, rate, decay = 41, 0.003, [0.0, 10.0, 30.0] + [0.0] * 5
    model, stream = build([0, 1, 2])
    start = model.bias.detach().double().clone()
    schedule = Schedule("periodic_cosine", steps, half_period=4)
    loop = Loop(model, stream, Plan(steps, rate, bias_decay=decay, schedule=schedule))
    loop.start()
    loop.advance(steps, lambda: None)
    for cell, strength in enumerate(decay[:3]):
        expected = start[cell] * (1 - strength * rate) ** 20
        assert torch.allclose(model.bias[cell].double(), expected, rtol=1e-4)


def test_records_describe_the_state_after_the_step():
    model, stream = build(CELLS)
    loop = Loop(model, stream, plan_for(CELLS, 20), recorder_for(stream), keep=len(CELLS))
    result, (inputs, targets) = loop.run(), stream.batch(10**6)
    assert result.steps.tolist() == [0, 1, 3, 7, 15, 16, 19]
    assert result.lr_scale[5] == pytest.approx(0.0, abs=1e-12)
    last = {name: values[:, -1] for name, values in result.records.items()}
    with torch.no_grad():
        for cell in range(len(CELLS)):
            h = torch.relu(inputs[cell] @ model.encoder[cell].T + model.bias[cell])
            error = (h @ model.decoder[cell].T - targets[cell]).square().mean(0)
            r = model.responses(stream.embedding)[cell]
            assert np.allclose(last["feature_loss"][cell], error, atol=1e-6)
            assert last["loss_evaluation"][cell] == pytest.approx(error.sum().item(), rel=1e-5)
            assert np.allclose(last["firing_fraction"][cell], (h > 0).float().mean(0), atol=1e-6)
            assert np.array_equal(last["bias"][cell], model.bias[cell])
            assert np.allclose(last["response_max"][cell], r.amax(1))
            assert np.allclose(last["response_sum"][cell], r.sum(1), atol=1e-5)
            assert np.array_equal(last["response_argmax"][cell], r.argmax(1))


def explode(allow):
    model, stream = build(CELLS)
    with torch.no_grad():
        model.decoder[3] = 1e30
    plan = plan_for(CELLS, 8, allow_collapse=allow)
    names = [f"cell {number}" for number in CELLS]
    return Loop(model, stream, plan, keep=len(CELLS), names=names).run()


def test_a_collapsed_cell_is_named_or_recorded():
    with pytest.raises(TegumError, match=r"step 0 in cell cell 5;"):
        explode(allow=False)
    losses = explode(allow=True).records["loss"]
    assert not np.isfinite(losses[3]).any()
    assert np.isfinite(np.delete(losses, 3, axis=0)).all()


def test_the_engine_counts_no_padding_when_cells_go_one_after_another():
    model, stream = build([0, 1, 2])
    before = model.encoder.detach().clone()
    Loop(model, stream, plan_for([0, 1, 2], 3), keep=3, engine=TorchEngine(1)).run()
    moved = (model.encoder != before).flatten(1).any(1)
    assert moved.tolist() == [True] * 3 + [False] * 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: Plan(steps=0, learning_rate=0.1),
        lambda: Plan(steps=5, learning_rate=0.1, optimiser="rmsprop"),
        lambda: Plan(steps=5, learning_rate=0.1, schedule=Schedule("constant", 6)),
        lambda: Plan(steps=5, learning_rate=0.1, checkpoints=(5,)),
        lambda: padded([]),
        lambda: Loop(*build([1, 2, 3], pad=False), Plan(steps=5, learning_rate=0.1)),
        lambda: build([1], activation="tanh"),
        lambda: TwoLayer(
            n_inputs=2, width=2, n_outputs=2, activation="relu", seeds=[1], bias_offset=[1, 2]
        ),
    ],
)
def test_impossible_plans_are_refused(make):
    with pytest.raises(TegumError):
        make()


def test_recorders_are_abstract_and_seeds_are_distinct():
    with pytest.raises(TypeError):
        Recorder()
    assert len(set(seeds_of(range(100)))) == 100
