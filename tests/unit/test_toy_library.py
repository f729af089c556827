"""What the toy models' claims and figures are made of: lines, runs, sets, bounds, controls."""

import numpy as np
import pytest
import xarray as xr

from tegum.errors import TegumError
from tegum.labels import coordinate
from tegum.ledger.comparisons import against_control
from tegum.ledger.findings import finding
from tegum.metrics import feature_sets, geometry, plateaus, polytope_lines, ranks
from tegum.metrics.capacity import capacities
from tegum.theory import published_toys, tied_models, toy, toy_checks

P = "feature_probability"


def test_the_longest_run_is_of_neighbours():
    assert polytope_lines.longest_run([1, 1, 0, 1, 1, 1, 0]) == 3
    assert polytope_lines.longest_run([0, 0]) == polytope_lines.longest_run([]) == 0


def test_a_line_has_more_features_than_what_is_beside_it():
    d = np.concatenate([np.full(12, 0.4), np.full(5, 0.375), np.full(2, 0.3625)])
    assert polytope_lines.line_excess(d, (2 / 5,)) == 12
    assert polytope_lines.line_excess(d, (2 / 5, 3 / 8)) == 3
    assert polytope_lines.line_excess(d, (0.6,)) == 0


def test_the_audits_conditions_are_counted_one_by_one():
    flat, sticky = np.linspace(1.0, 0.1, 20), np.full(20, 0.5)
    digons, others = np.full(10, 0.5), np.full(10, 2 / 3)
    assert polytope_lines.lines_and_levels(sticky, np.concatenate([digons, others])) == 3
    assert polytope_lines.lines_and_levels(flat, others) == 1
    assert polytope_lines.lines_and_levels(flat, digons[:9]) == 0
    assert polytope_lines.lines_and_levels(sticky, digons, shift=0.06) == 0


def test_only_features_that_count_are_near_a_name():
    assert polytope_lines.named_share(np.array([0.5, 0.66, 0.58, 0.05])) == pytest.approx(2 / 3)
    assert np.isnan(polytope_lines.named_share(np.array([0.05])))


def test_the_sides_of_a_plateau_are_the_densities_next_to_it():
    d_star = np.array([1.0, 0.8, 0.6, 0.52, 0.48, 0.4, 0.3, 0.2])
    before, after = polytope_lines.next_to_plateau(d_star, 0.5, 0.06, 2)
    assert d_star[before].tolist() == [0.8, 0.6] and d_star[after].tolist() == [0.4, 0.3]


def test_pairs_of_sets_are_counted_once_each():
    dims = ("seed", *feature_sets.PAIR)
    cosine = xr.DataArray(np.zeros((2, 6, 6)), dims=dims)
    within, between = feature_sets.pairs(cosine, 3)
    assert (int(within.sum()), int(between.sum())) == (6, 9) and not (within & between).any()
    cosine[0, 0, 1] = cosine[1, 1, 2] = 0.99
    assert feature_sets.collapsed(cosine).values.tolist() == [1, 0]


def test_no_model_leaves_the_bounds_and_an_invented_one_does():
    weight = np.random.default_rng(0).normal(size=(20, 7, 3))
    d = capacities(weight)
    outside, excess = toy_checks.outside_bounds(weight, d, 1e-9)
    assert not outside.any() and excess <= 1e-9
    d[3, 2] = 1.2
    assert toy_checks.outside_bounds(weight, d, 1e-9)[0].tolist() == [i == 3 for i in range(20)]


def test_a_pentagon_is_summed_up_as_what_it_is():
    weight = np.concatenate([geometry.polygon(5), np.zeros((1, 2))])[None]
    found = tied_models.summary(weight, np.zeros((1, 6)), np.ones((1, 6)), 0.5, 0.1)
    assert found["n_represented"] == [5]
    assert found["dimensions_per_feature"] == pytest.approx([2 / 5])
    assert found["component"].tolist() == [[0, 0, 0, 0, 0, -1]]
    cosines = np.cos(2 * np.pi * np.arange(1, 5) / 5)
    assert found["superposition"][0, :5] == pytest.approx([(cosines**2).sum()] * 5)
    assert found["benefit"] == pytest.approx([1 / 3])


def test_the_exact_loss_is_that_of_many_samples():
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(size=(3, 2)), rng.normal(size=3)
    p, importance = np.array([0.2, 0.5, 0.9]), np.array([1.0, 0.5, 2.0])
    x = rng.uniform(size=(400_000, 3)) * (rng.uniform(size=(400_000, 3)) < p)
    sampled = ((x - np.maximum(x @ weight @ weight.T + bias, 0)) ** 2 @ importance).mean()
    assert tied_models.exact_loss(weight, bias, p, importance, nodes=12) == pytest.approx(
        sampled, rel=0.01
    )


def test_ranks_are_those_of_the_places_that_have_a_value():
    values = xr.DataArray([[5.0, 4, np.nan, 1], [1.0, 2, 3, np.nan]], dims=("seed", "feature"))
    found, permuted = ranks.ranked_by_place(values, "feature")
    assert found == pytest.approx([1.0, -1.0]) and len(permuted) == 2


def test_a_case_is_clear_where_the_best_leads_by_more_than_the_margin():
    losses = xr.DataArray([[3.0, 1.0, 1.05], [2.0, 1.0, 9.0]], dims=("cell", "candidate"))
    assert toy_checks.clear_cases(losses, 0.1).values.tolist() == [False, True]
    assert toy_checks.clear_cases(losses.T, 0.01).values.tolist() == [True, True]


def test_a_phase_diagram_of_other_sizes_is_refused_by_name():
    with pytest.raises(TegumError, match="found 4 in 2; measure such a sweep as what: tied"):
        toy.phase_diagram((4, 2), True)


def test_losses_are_relative_to_those_of_constants():
    p, importance = np.array([[0.5, 0.2]]), np.array([[1.0, 3.0]])
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(400_000, 2)) * (rng.uniform(size=(400_000, 2)) < p)
    null = x.var(0)[None]
    found = toy.relative_losses(
        null, (null @ importance.T), 2 * null, probability=p, importance=importance
    )
    assert found["feature_loss_ratio"] == pytest.approx(np.ones((1, 2)), rel=0.01)
    assert found["loss_ratio"] == pytest.approx([1.0], rel=0.01)
    assert found["untrained_loss_ratio"] == pytest.approx([2.0], rel=0.01)


def test_what_is_published_stands_at_its_densities_and_nowhere_else():
    p = [0.7, 0.3, 0.1, 0.04]
    ds = xr.Dataset({"n_mono": ((P,), np.ones(4)), "n_represented": ((P,), np.ones(4))}, {P: p})
    np.testing.assert_equal(published_toys.published(ds, "n_mono").values, [5, 3, np.nan, 0])
    np.testing.assert_equal(
        published_toys.published(ds, "n_represented").values, [5, 6, np.nan, 10]
    )


def test_jumps_stand_beside_what_permuted_steps_and_random_intervals_give():
    rng = np.random.default_rng(0)
    steps = np.arange(80)
    d = np.where(steps < 40, 0.4, 0.51)[:, None]
    loss = np.exp(-1e-3 * steps - 0.2 * (steps >= 40)) * (1 + 1e-5 * rng.normal(size=80))
    found = plateaus.beside_chance(d, np.ones_like(d), loss, rng=rng)
    assert (found.count, found.permuted) == (1, 0)
    assert found.percentile > 0.8 > found.anywhere > 0.3
    still = plateaus.beside_chance(0 * d + 0.5, np.ones_like(d), loss, rng=rng)
    assert still.count == 0 and np.isnan(still.percentile)


def test_a_finding_is_told_beside_its_control_and_with_the_ends_of_its_axis():
    @against_control(
        finding("sweep", "It is large.", "own"),
        0.5,
        "value from {low:g} to {high:g}",
        control=("shuffled", "shuffled labels"),
    )
    def large(ds):
        return ds["value"].min(P)

    values = np.stack([np.full((2, 5), 0.9), np.full((2, 5), 0.1)])
    ds = xr.Dataset(
        {"value": (("control", P, "seed"), values)},
        {
            "control": coordinate("control", ["none", "shuffled"], "control"),
            P: [0.1, 0.3],
            "seed": range(5),
        },
    )
    claim = large.claim({"sweep": ds})
    assert (claim.id, claim.verdict, claim.control) == ("large", "holds", "shuffled labels")
    assert (claim.estimate, claim.control_estimate) == pytest.approx((0.9, 0.1))
    assert claim.reason == "value from 0.1 to 0.3"
    assert large.claim({"sweep": ds.isel(control=[0])}).verdict == "inconclusive"
