"""Starts, routing, importances and kinds of features in `levers`, and what they share."""

import numpy as np
import pytest
import torch

from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context, SweepView
from tegum.models.routed import Routed
from tegum.models.two_layer import TwoLayer
from tegum.models.weighed import Weighed
from tegum.studies.levers import train
from tegum.studies.levers.measure import by_cell, idle_end
from tegum.studies.levers.params import Measure, Train
from tegum.training.superposed import batches

SMALL = {"n_features": 12, "n_inputs": 4, "width": 8, "batch": 32, "evaluation_samples": 512}


def rows_of(**values):
    section = Train(**SMALL, **values)
    cells = [Cell("levers", "train", {"seed": s}, section) for s in (0, 1)]
    return section, train.run(cells, {}, Context(progress=False))


def measured(section, rows):
    cells = [Cell("levers", "measure", {"seed": s}, Measure(), {"train": section}) for s in (0, 1)]
    return by_cell(SweepView("plain", {"seed": [0, 1]}, Measure(), tuple(cells)), {"train": rows})


def test_importances_weigh_the_errors():
    options = {"n_inputs": 4, "width": 8, "n_outputs": 3, "activation": "relu", "seeds": [1, 2]}
    weights = np.array([[1.0, 0.0, 2.0], [0.5, 0.5, 0.5]])
    plain, weighed = TwoLayer(**options), Weighed(**options, importance=weights)
    inputs, targets = torch.randn(2, 20, 4), torch.randn(2, 20, 3)
    each = (plain(inputs) - targets).square().mean(1).detach().numpy()
    found = weighed.loss((inputs, targets)).detach().numpy()
    np.testing.assert_allclose(found, (each * weights).sum(1), rtol=1e-5)
    alone = weighed.select(slice(1, 2)).loss((inputs[1:], targets[1:]))
    np.testing.assert_allclose(alone.detach().numpy(), found[1:], rtol=1e-6)


def test_importances_are_those_of_a_power_law_in_reverse():
    found = train.importances(Train(importance="power_law"))
    assert found.mean() == pytest.approx(1.0) and (np.diff(found) > 0).all()
    assert (train.importances(Train()) == 1.0).all()


def routed(learned, groups=2):
    return Routed(
        n_inputs=4,
        width=8,
        n_outputs=3,
        activation="relu",
        seeds=[1, 2],
        groups=groups,
        learned=learned,
    )


def test_a_sample_runs_one_group_of_neurons():
    inputs = torch.randn(2, 300, 4)
    for learned in (True, False):
        model = routed(learned)
        parts = model.hidden(inputs).unflatten(2, (2, 4)).abs().sum(3) > 0
        assert (parts.sum(2) <= 1).all() and parts.any(1).all()
        before = TwoLayer.hidden(model, inputs).unflatten(2, (2, 4))
        gate = model.hidden(inputs).unflatten(2, (2, 4))[before > 0] / before[before > 0]
        largest = gate.max().item()
        assert largest == pytest.approx(1.0) if not learned else 0.5 < largest < 1.0
    with pytest.raises(TegumError, match="3 groups do not divide"):
        routed(True, groups=3)


def test_the_gradient_reaches_a_router_that_learns_alone():
    batch = torch.randn(2, 50, 4), torch.randn(2, 50, 3)
    for learned in (True, False):
        model = routed(learned)
        model.loss(batch).sum().backward()
        assert model.encoder.grad is not None
        assert (model.router.grad is not None and bool(model.router.grad.any())) == learned


@pytest.mark.parametrize("start", ["below", "below_all"])
def test_biases_just_below_the_largest_input_silence_neurons(start):
    section = Train(**SMALL, start=start)
    cells = [Cell("levers", "train", {"seed": s}, section) for s in (0, 1)]
    held_out = batches(cells, section, 512, purpose="evaluation")
    model = train._new(cells, 12)
    largest = train._begin(model, [section] * 2, held_out.batch(0)[0])
    fires = (model.hidden(held_out.batch(0)[0]) > 1e-6).any(1).sum(1)
    assert (fires == 0).all()
    wanted = largest if start == "below" else largest.amax(1, keepdim=True).expand_as(largest)
    torch.testing.assert_close(model.bias.detach(), -wanted)


def test_training_is_idle_for_as_long_as_derived():
    section, rows = rows_of(bias_offset=-2.0, bias_decay_efolds=3.0, steps=256, looks="even")
    found = measured(section, rows)
    assert (found["idle_end_derived"] > 8).all()
    late = (found["idle_end"] - found["idle_end_derived"]).values
    assert (late >= 0).all() and (late <= 8).all()
    # Until then nothing moves but the biases, which all fall by one factor.
    before = int(np.flatnonzero(rows["step"] < found["idle_end_derived"].min())[-1])
    ratio = rows["bias"].isel(checkpoint=before) / rows["bias"].isel(checkpoint=0)
    steps = int(rows["step"][before])
    expected = (1 - section.decay_per_step) ** steps
    np.testing.assert_allclose(ratio.values, expected, rtol=1e-4)


def test_without_decay_a_silent_model_stays_so():
    section, rows = rows_of(bias_offset=-9.0, steps=16, looks="even")
    found = measured(section, rows)
    assert np.isnan(found["idle_end"]).all() and np.isnan(found["idle_end_derived"]).all()
    assert np.isnan(idle_end(rows.isel(cell=0), 0.0))
    assert (found["kind"] == 2).all() and (found["mono_per_feature"] == 0).all()


def test_looks_at_equal_phase():
    long = Train(schedule="periodic_cosine", half_period=4, steps=256, looks="even")
    assert {(n + 1) % 8 for n in train.checkpoints(long)[1:]} == {0}
    even = train.checkpoints(Train(steps=64, looks="even"))
    assert len(even) == 33 and even[0] == 0 and even[-1] == 63
    assert train.checkpoints(Train(steps=64)) == (0, 63)


def test_served_features_are_those_of_selective_neurons():
    section, rows = rows_of(steps=4)
    one = rows.isel(cell=[0, 0]).copy(deep=True)
    one["response_max"][:] = 1.0
    one["response_sum"][:] = 5.0
    one["response_feature"][:] = 3
    one["response_sum"].values[:, -1, 2] = 1.0
    one["feature_loss"][:] = 0.0
    one["feature_loss"].values[:, 7] = 1.0
    found = measured(section, one)
    assert (found["kind"].values[:, 3] == 0).all() and (found["kind"].values[:, 7] == 2).all()
    assert (found["kind"].values[:, 5] == 1).all()
    assert (found["served_step"].values[:, 3] == 3).all()
    assert np.isnan(found["served_step"].values[:, 5]).all()
    at_end = found["coverage"].values[:, -1, 0]
    np.testing.assert_allclose(at_end, 1 / 12, rtol=1e-6)


def test_what_cannot_be_is_told():
    with pytest.raises(ValueError, match="does not divide"):
        Train(routing="learned", width=10, groups=4)
    with pytest.raises(ValueError, match="no features among its outputs"):
        Train(task="random_projection", importance="power_law")
