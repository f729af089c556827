"""How far a run still moved: a look at half of the steps that the run never notices."""

import copy
import itertools
from functools import partial

import numpy as np
import pytest
import torch
from engine_setup import build, fitted, plan_for, recorder_for, same
from torch import Tensor, nn

from tegum.dictionaries.fit import train_dictionary
from tegum.dictionaries.registry import build as build_dictionary
from tegum.errors import TegumError
from tegum.models.ensemble import Ensemble
from tegum.synthetic.batches import NoBatches, TensorStream
from tegum.training.engine import Engine, TorchEngine
from tegum.training.loop import Loop, prepare_process
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

CELLS = [0, 1, 2]
ARCHITECTURES = {
    "standard": {"sparsity": 0.05, "target_l0": 3.0},
    "l1": {"sparsity": 0.05},
    "gated": {"sparsity": 0.05},
    "jumprelu": {"sparsity": 0.01},
    "topk": {"sparsity": 3},
    "batchtopk": {"sparsity": 3},
    "matryoshka": {"sparsity": 3, "prefixes": (4, 16)},
    "matching_pursuit": {"sparsity": 3},
}


def loop_of(steps, name="cosine", **options):
    model, stream = build(CELLS)
    schedule = Schedule(name, steps, half_period=16)
    plan = plan_for(CELLS, steps, schedule=schedule, **options)
    return Loop(model, stream, plan, recorder_for(stream), keep=len(CELLS))


class Bowl(Ensemble):
    """The loss 1 + (w - 1)^2 of a weight that begins at 0, whose minimum is 1."""

    def __init__(self, n_cells: int) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(n_cells, 1))

    def loss(self, batch: tuple[Tensor, ...]) -> Tensor:
        return 1.0 + (self.w - 1.0).square().sum(1)


def bowl_change(schedule: Schedule, rate: float) -> np.ndarray:
    """How far a bowl is told to have moved."""
    plan = Plan(schedule.steps, rate, schedule=schedule, checkpoints=(), convergence=True)
    return Loop(Bowl(8), NoBatches(8), plan).run().changes["loss_change"]


@pytest.mark.parametrize("name", ["cosine", "linear_decay_second_half", "constant"])
def test_a_run_that_looks_at_its_half_has_the_bits_of_one_that_does_not(name):
    looked, plain = (loop_of(90, name, convergence=look).run() for look in (True, False))
    assert all(same(looked, plain, cell, cell) for cell in range(len(CELLS)))
    assert set(looked.changes) == {"loss_change"} and plain.changes == {}
    assert looked.changes["loss_change"].shape == (len(CELLS),)
    assert (looked.changes["loss_change"] > 0).all()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dictionaries_remember_nothing_of_the_look(architecture):
    """Silence, thresholds and regulated strengths are buffers that training updates."""
    rng = np.random.default_rng(5)
    truth = rng.standard_normal((12, 6)).astype(np.float32)
    x = torch.from_numpy((rng.random((1, 400, 12)) < 0.2).astype(np.float32) @ truth)

    def fitted(**options):
        pad = padded(range(3))
        sizes = {"n_inputs": 6, "latents": 16, "seeds": pad}
        dictionary = build_dictionary(architecture, **ARCHITECTURES[architecture], **sizes)
        schedule = Schedule("linear_decay_second_half", 40)
        plan = Plan(40, 0.01, schedule=schedule, checkpoints=(39,), **options)
        stream = TensorStream(x, [0] * len(pad), pad, 32)
        truths = [truth, None, truth]
        result = train_dictionary(dictionary, stream, plan, keep=3, truths=truths)
        return dictionary.state_dict(), result.changes

    (one, changes), (other, nothing) = fitted(convergence=True), fitted()
    assert one.keys() == other.keys() and nothing == {}
    assert all(torch.equal(one[name][:3], other[name][:3]) for name in one)
    assert np.isfinite(changes["loss_change"]).all()
    assert np.isfinite(changes["mcc_change"]).tolist() == [True, False, True]


def test_the_look_is_the_difference_to_a_run_that_was_cooled_by_hand():
    """By two plain loops, the second one with the schedule of the branch."""
    steps, half, length = 100, 50, 10
    prepare_process()
    whole = loop_of(steps, convergence=True)
    batches = [whole.stream.batch(steps + i) for i in range(4)]
    end_model = whole.ensemble
    found = whole.run().changes["loss_change"]
    hand = loop_of(steps, checkpoints=())
    hand.start()
    hand.advance(half, hand.optimiser.step)
    for i in range(length):
        hand.scale = lambda _, i=i: 0.5 * (1 - i / length)
        hand.advance(half + i + 1, hand.optimiser.step)
    losses = []
    for model in (hand.ensemble, end_model):
        with torch.no_grad():
            losses.append(torch.stack([model.loss(b) for b in batches]).mean(0)[: len(CELLS)])
    np.testing.assert_allclose(found, ((losses[0] - losses[1]) / losses[1]).numpy(), rtol=1e-4)


def test_a_constant_rate_is_compared_as_it_is_and_a_periodic_one_at_equal_phase():
    """Adam on a bowl far from its end moves the weight by the learning rate at each step."""
    for schedule, done in [
        (Schedule("constant", 20), (10, 20)),
        (Schedule("periodic_cosine", 128, half_period=16), (64, 128)),
    ]:
        moved = [1e-4 * sum(schedule(step) for step in range(n)) for n in done]
        first, last = (1.0 + (1.0 - w) ** 2 for w in moved)
        np.testing.assert_allclose(bowl_change(schedule, 1e-4), (first - last) / last, rtol=2e-2)


def test_a_run_that_has_arrived_has_no_change_and_one_of_a_single_period_has_none_to_tell():
    assert abs(bowl_change(Schedule("cosine", 2000), 0.01)).max() < 1e-6
    single = Schedule("periodic_cosine", 32, half_period=16)
    assert single.half is None
    assert np.isnan(bowl_change(single, 0.01)).all()


@pytest.mark.parametrize("stop", [1, 7, 19])
def test_a_run_that_is_killed_in_the_look_and_resumed_has_the_same_bits(tmp_path, stop):
    """The kill comes at a gradient of the branch, or at one after it."""

    class Killed(BaseException):
        pass

    plan = {"schedule": Schedule("cosine", 100), "convergence": True}
    train = partial(fitted, CELLS, 100, plan_options=plan, save_every=0.0)

    class Fragile(Engine):
        """Steps of the torch engine, of which the one numbered `50 + stop` is not survived."""

        def __init__(self, inner, count):
            self.inner, self.count = inner, count

        def __copy__(self):
            return Fragile(copy.copy(self.inner), self.count)

        def prepare(self, ensemble, stream, keep):
            self.inner.prepare(ensemble, stream, keep)

        def gradients(self, step):
            if next(self.count) == 50 + stop:
                raise Killed
            return self.inner.gradients(step)

    with pytest.raises(Killed):
        train(engine=Fragile(TorchEngine(), itertools.count()), scratch=tmp_path)
    assert (tmp_path / "last.ckpt").exists()
    resumed, plain = train(scratch=tmp_path), train()
    assert all(same(resumed, plain, cell, cell) for cell in range(len(CELLS)))
    assert resumed.changes["loss_change"].tobytes() == plain.changes["loss_change"].tobytes()


def test_a_cell_moves_as_much_in_any_company():
    alone, together = [2], [0, 1, 2, 3, 4, 5, 6, 7, 8]
    found = {}
    for cells in (alone, together):
        model, stream = build(cells)
        plan = plan_for(cells, 60, schedule=Schedule("cosine", 60), convergence=True)
        result = Loop(model, stream, plan, keep=len(cells)).run()
        found[len(cells)] = result.changes["loss_change"][cells.index(2)]
    assert found[1].tobytes() == found[9].tobytes()


def test_only_declared_biases_decay():
    plan = Plan(10, 0.01, bias_decay=0.5)
    with pytest.raises(TegumError, match="Bowl has no biases that decay"):
        Loop(Bowl(8), NoBatches(8), plan)
