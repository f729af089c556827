"""Interventions, searches and blocks of the study on small cases with known answers."""

from typing import Any

import numpy as np
import pytest

from tegum.experiment.cell import Cell, Context
from tegum.experiment.rooms import load
from tegum.metrics.capacity import capacities, dedicated_share
from tegum.studies.capacity.params import Flatten, FlattenOne, Limits, Mask, Phase
from tegum.theory import quadratic as theory
from tegum.theory.quadratic import steepest_direction

SMALL = {"n_features": 5, "width": 2, "kurtosis": 9.0, "value_base": 0.9, "steps": 400}


def train(*sections):
    cells = [Cell("capacity", "train", {"seed": 0}, section) for section in sections]
    module = load("capacity", f"train.{sections[0].task}")
    return module.run(cells, {}, Context(progress=False))


def test_ratios_are_trained_side_by_side():
    rows = train(Phase(kurtosis=9.0, ratio_points=5, steps=1500))
    found = capacities(rows["embedding"].values[0])[:, 1]
    np.testing.assert_allclose(found, theory.two_features(rows.ratio.values, 9.0), atol=1e-4)


def test_flattening_goes_through_its_phases_and_makes_features_monosemantic():
    rest: dict[str, Any] = SMALL | {"phase_steps": 400, "release_steps": 20, "looks": 2}
    rows = train(Flatten(strength=60.0, **rest), Flatten(strength=0.0, **rest))
    assert rows.phase.values.tolist() == [0] + [n for n in range(1, 5) for _ in range(2)] + [5] * 5
    assert np.all(np.diff(rows.step.values) > 0)
    settled = capacities(rows["embedding"].values[:, 8])
    np.testing.assert_allclose(dedicated_share(settled, *Limits().bounds), [1.0, 0.0])


def test_a_ramp_down_comes_from_the_ceiling():
    one = {"n_features": 2, "width": 1, "kurtosis": 6.0, "value_base": 1.0, "steps": 400}
    steps = {"phase_steps": 600, "release_steps": 10, "looks": 1, "ceiling": 8.0, "strength": 4.5}
    rows = train(Flatten(ramp="up", **one, **steps), Flatten(ramp="down", **one, **steps))
    larger = capacities(rows["embedding"].values).max(-1)
    np.testing.assert_allclose(larger[:, 4], [0.5, 1.0], atol=0.01)


def test_masking_removes_one_feature_a_round_and_trains_the_rest():
    rows = train(Mask(ranking="benefit", rounds=3, phase_steps=800, **SMALL))
    assert rows.chosen.values[0].tolist() == [-1, 4, 3, 2]
    capacity = capacities(rows["embedding"].values[0])
    for removed in range(4):
        value = 0.9 ** np.arange(5 - removed)
        expected, _ = theory.water_filling(value, 2, 9.0)
        np.testing.assert_allclose(capacity[removed, : 5 - removed], expected, atol=1e-3)
        np.testing.assert_array_equal(capacity[removed, 5 - removed :], 0.0)


def test_flattening_one_at_a_time_penalises_each_shared_feature_once():
    rows = train(FlattenOne(rounds=6, phase_steps=400, **SMALL))
    chosen = rows.chosen.values[0]
    named = chosen[chosen >= 0]
    assert len(set(named)) == named.size and chosen[-1] == -1
    last = capacities(rows["embedding"].values[0, -1])
    assert dedicated_share(last, *Limits().bounds) == 1.0


def test_the_search_finds_a_feature_where_one_is_best():
    # All dimensions dedicated but one: the second feature has none of it.
    embeddings = np.diag([1.0, 0.0])[:, :1]
    found = steepest_direction(embeddings, [1.0, 0.9], 20.0, 5, np.random.default_rng(0))
    assert np.abs(found)[1] == pytest.approx(1.0, abs=1e-3)


def test_the_search_is_not_beaten_by_random_directions():
    rng = np.random.default_rng(1)
    embeddings, values = rng.normal(size=(6, 3)), 0.9 ** np.arange(6)
    found = steepest_direction(embeddings, values, 30.0, 10, rng)
    others = rng.normal(size=(5000, 6))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    best = theory.direction_return(found, embeddings, values, 30.0)[1]
    assert best >= theory.direction_return(others, embeddings, values, 30.0)[1].max()
