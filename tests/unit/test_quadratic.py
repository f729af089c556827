"""Quadratic ensembles on their exact loss, and the engine that trains them."""

import numpy as np
import pytest
import torch

from tegum.metrics.capacity import capacities
from tegum.models.quadratic import Quadratic
from tegum.synthetic.batches import NoBatches
from tegum.theory import quadratic as theory
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.recorders import WeightsRecorder
from tegum.training.schedules import Schedule

VALUES = 0.7 ** np.arange(6)


def ensemble(seeds, kurtosis=8.0, hidden=2):
    values = np.tile(VALUES, (len(seeds), 1))
    return Quadratic(
        values=values, kurtosis=np.full(len(seeds), kurtosis), hidden=hidden, seeds=seeds
    )


def train(model, steps=1500, plan=None):
    plan = plan or Plan(
        steps=steps,
        learning_rate=0.03,
        schedule=Schedule("linear_decay_second_half", steps),
        checkpoints=(0, steps - 1),
    )
    stream = NoBatches(model.n_cells)
    return fit(model, stream, plan, WeightsRecorder())


def embeddings(model):
    return model.embedding.detach().numpy()


def test_loss_and_penalty_are_those_of_the_closed_forms():
    model = ensemble([1, 2, 3])
    plain = theory.quadratic_loss(embeddings(model), VALUES, np.full(3, 8.0))
    np.testing.assert_allclose(model.loss(()).detach().numpy(), plain, rtol=1e-12)
    strength = np.linspace(0.0, 5.0, 18).reshape(3, 6)
    model.flatten(strength, ramp_steps=4)
    capacity = capacities(embeddings(model))
    penalty = (strength * capacity * (1.0 - capacity)).sum(1)
    for step, share in ((0, 0.25), (3, 1.0), (9, 1.0)):
        model.begin(step)
        np.testing.assert_allclose(
            model.loss(()).detach().numpy(), plain + share * penalty, rtol=1e-12
        )


def test_strengths_move_on_from_where_they_are():
    model = ensemble([1])
    model.flatten(np.full((1, 6), 4.0), ramp_steps=1)
    model.flatten(np.full((1, 6), 2.0), ramp_steps=2)
    capacity = capacities(embeddings(model))
    model.begin(0)
    plain = theory.quadratic_loss(embeddings(model), VALUES, 8.0)
    expected = plain + 3.0 * (capacity * (1.0 - capacity)).sum(1)
    np.testing.assert_allclose(model.loss(()).detach().numpy(), expected, rtol=1e-12)


def test_training_reaches_the_water_filling():
    model = ensemble(padded([5, 6]))
    train(model)
    capacity, _ = theory.water_filling(VALUES, 2, 8.0)
    np.testing.assert_allclose(capacities(embeddings(model)), np.tile(capacity, (8, 1)), atol=1e-6)


def test_a_cell_does_not_depend_on_its_company():
    few, many = ensemble(padded([7])), ensemble(padded([9, 7, *range(20, 40)]))
    first, second = (train(model, 200) for model in (few, many))
    np.testing.assert_array_equal(
        first.parameters["embedding"][0], second.parameters["embedding"][1]
    )


def test_a_removed_feature_stays_away_and_the_rest_is_another_problem():
    model = ensemble(padded([5]))
    model.remove(np.zeros(8, int))
    train(model)
    rest, _ = theory.water_filling(VALUES[1:], 2, 8.0)
    capacity = capacities(embeddings(model))[0]
    assert capacity[0] == 0.0
    np.testing.assert_allclose(capacity[1:], rest, atol=1e-6)


def test_noise_follows_the_cell_s_stream_and_the_step():
    first, second = ensemble([1, 2]), ensemble([1, 2])
    first.disturb([0.1, 0.1], [4, 5], step=1)
    second.disturb([0.1, 0.1], [4, 6], step=1)
    np.testing.assert_array_equal(embeddings(first)[0], embeddings(second)[0])
    assert (embeddings(first)[1] != embeddings(second)[1]).all()
    change = embeddings(first) - embeddings(ensemble([1, 2]))
    assert change.std() == pytest.approx(0.1, rel=0.3)


def test_a_feature_without_embedding_has_neither_penalty_nor_gradient():
    model = ensemble([3])
    model.remove(np.array([2]))
    model.flatten(np.full((1, 6), 5.0), ramp_steps=1)
    model.begin(0)
    model.loss(()).sum().backward()
    assert model.embedding.grad is not None and model.embedding.grad.isfinite().all()
    assert torch.equal(model.embedding.grad[0, 2], torch.zeros(2, dtype=torch.float64))
