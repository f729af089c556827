"""The study `toy_superposition`: rows and measures of its tied models, and its claims."""

import numpy as np
import pytest
import xarray as xr
from toy_setup import CONTEXT, FINDINGS, built, converged, plan_of, verdict

from tegum.labels import MissingError
from tegum.metrics import geometry, plateaus
from tegum.studies.toy_superposition import features, reading
from tegum.studies.toy_superposition.params import Tied
from tegum.studies.toy_superposition.train import tied
from tegum.theory.published_toys import share_in_bands


@pytest.fixture(scope="module")
def smoke():
    return built("tied")


@pytest.mark.parametrize("scale", ["laptop", "smoke", "paper"])
def test_params_hold_at_every_scale(scale):
    plan = plan_of(scale)
    assert all(plan.jobs(s, "train") for s in plan.params.sweeps)


def test_five_seeds_at_the_scales_that_conclude():
    for scale in ("laptop", "paper"):
        assert all(len(s.axes["seed"]) >= 5 for s in plan_of(scale).params.sweeps.values())


def test_a_cell_does_not_depend_on_its_company(smoke):
    for sweep in ("geometry", "phase", "triples"):
        cells = smoke.plan.jobs(sweep, "train")[0].cells
        together, alone = (tied.run(c, {}, CONTEXT) for c in (list(cells), [cells[-1]]))
        xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_restarts_differ_in_their_start_and_share_their_data(smoke):
    cells = [c for c in smoke.plan.cells("pairs", "train") if c.axes["seed"] == 0][:2]
    assert [c.params.restart for c in cells] == [0, 1]
    first, second = (tied.initial_weight(c.params, c.stream("init")) for c in cells)
    assert np.abs(first - second).min() > 0
    batches = [tied.streams([c] * 8, "cpu")[0].batch(3)[0] for c in cells]
    np.testing.assert_array_equal(*batches)


def test_probabilities_and_importances_of_the_features():
    section = Tied(
        n_features=3,
        feature_probability=0.4,
        relative_probability=4.0,
        importance_decay=0.5,
        importance_ratio=8.0,
    )
    assert features.probabilities(section).tolist() == [1.0, 0.4, 0.4]
    assert features.importances(section).tolist() == [1.0, 0.5, 2.0]


def test_starts_have_the_geometry_that_they_are_named_after():
    for start, names in (("pentagon", ["pentagon"] * 5), ("digons", ["digon"] * 4)):
        section = Tied(n_features=5, n_dimensions=2, start=start, initial_scale=1e-3)
        weight = tied.initial_weight(section, 0)
        on = np.linalg.norm(weight, axis=1) > 0.5
        codes = geometry.polytope_codes(weight, on, 0.1, 0.1)
        assert [geometry.NAMES[c] for c in codes[on]] == names


def test_recorded_steps_end_with_the_last_one():
    log = tied.checkpoint_steps(Tied(steps=1000, checkpoints=10))
    linear = tied.checkpoint_steps(Tied(steps=1000, checkpoints=10, spacing="linear"))
    assert log[-1] == linear[-1] == 999
    assert np.ptp(np.diff(linear)) <= 1 and np.diff(log)[-1] > 100
    assert tied.checkpoint_steps(Tied(steps=1000)) == (999,)


def test_rows_agree_with_their_own_weights(smoke):
    for sweep in ("geometry", "dynamics"):
        rows = smoke.rows[sweep]
        weight = rows["weight"].values.astype(float)
        norm = np.linalg.norm(weight, axis=-1)
        np.testing.assert_allclose(rows["norm"].isel(checkpoint=-1), norm, rtol=1e-5)
        gram = weight @ np.swapaxes(weight, -1, -2)
        d = norm**4 / (gram**2).sum(-1)
        np.testing.assert_allclose(rows["dimensionality"].isel(checkpoint=-1), d, rtol=1e-3)


def test_the_exact_loss_agrees_with_the_quadrature_it_was_trained_on(smoke):
    """Fewer nodes and truncation at two active features: close at density 0.05."""
    ds = smoke.measured["perturb_one"].isel(checkpoint=-1)
    np.testing.assert_allclose(ds["exact_loss"], ds["evaluation_loss"], rtol=0.1)


def test_null_losses_of_anticorrelated_features_count_their_own_probability(smoke):
    ds = smoke.measured["pairs"].isel(checkpoint=-1, seed=0, restart=0)
    null = ds["evaluation_loss"] / ds["loss_ratio"]
    p = 0.1
    expected = {"independent": p, "correlated": p, "anticorrelated": p / 2}
    for kind, q in expected.items():
        assert float(null.sel(correlation=kind)) == pytest.approx(4 * (q / 3 - q**2 / 4), rel=1e-5)


def test_every_finding_is_judged_also_without_its_sweep(smoke):
    for data in (smoke.measured, {}, {"geometry": smoke.measured["geometry"]}):
        for finding in FINDINGS.values():
            claim = finding.claim(data)
            assert claim.reason
            if claim.kind == "statistical":
                assert claim.verdict == "inconclusive"
                assert claim.estimate is None or claim.control


def five_seeds(ds):
    return converged(ds.isel(seed=[0] * 5).assign_coords(seed=range(5)))


def test_a_model_that_represents_another_feature_breaks_the_linear_claim(smoke):
    ds = converged(smoke.measured["linear"])
    m = ds.sizes["dimension"]
    ds["superposition"][:] = 0.0
    ds["norm"][:] = (np.arange(ds.sizes["feature"]) < m).astype(float)
    assert verdict("t1", linear=ds) == "holds"
    ds["norm"][..., m] = 0.9
    assert verdict("t1", linear=ds) == "fails"
    ds["loss_change"][:] = 1.0
    assert verdict("t1", linear=ds) == "inconclusive"


def test_a_dimensionality_above_its_leverage_breaks_the_bounds(smoke):
    ds = converged(smoke.measured["geometry"])
    assert verdict("t5_bounds", geometry=ds) == "holds"
    ds["dimensionality"][0, 0, -1, 0] = 1.1
    assert verdict("t5_bounds", geometry=ds) == "fails"


@pytest.mark.parametrize(
    ("d_star", "sticky"),
    [([1.0, 0.52, 0.48], "holds"), ([1.0, 0.5, 0.3], "fails"), ([0.5, 0.8, 0.5], "fails")],
)
def test_a_plateau_needs_neighbouring_densities(smoke, d_star, sticky):
    ds = five_seeds(smoke.measured["geometry"])
    ds["dimensions_per_feature"][:] = np.array(d_star)[:, None]
    assert verdict("t6", geometry=ds) == sticky


def test_a_trained_solution_other_than_the_analytic_one_counts(smoke):
    ds = converged(smoke.measured["phase"])
    ds["solution"][:] = ds["solution_theory"]
    assert verdict("t12", phase=ds) == "holds"
    ds["solution"][:] = (ds["solution_theory"] + 1) % 3
    assert verdict("t12", phase=ds) == "fails"


def test_the_best_restart_is_that_of_the_least_loss(smoke):
    ds = smoke.measured["pairs"]
    best = reading.best_restart(ds, "restart")
    least = ds["evaluation_loss"].isel(checkpoint=-1).min("restart")
    np.testing.assert_array_equal(best["evaluation_loss"], least)


def test_a_wrong_closed_form_is_noticed(smoke):
    ds = converged(smoke.measured["basic"])
    assert verdict("one_sparse", basic=ds) == "holds"
    ds["one_sparse_loss"][0, 0] *= 1.01
    assert verdict("one_sparse", basic=ds) == "fails"


def test_antipodal_partners_within_a_triple_are_no_octahedron_of_two_triples(smoke):
    ds = five_seeds(smoke.measured["triples"])
    across = geometry.antipodal_pairs(3)[[0, 2, 4, 1, 3, 5]]
    within = geometry.antipodal_pairs(3)[[0, 1, 2, 3, 4, 5]]
    for w, expected in ((across, "holds"), (within, "fails")):
        ds["cosine"][:] = w @ w.T
        assert verdict("t21", triples=ds) == expected


def test_collapsed_pairs_follow_the_published_bands():
    p = np.array([0.02, 0.1, 0.17, 0.3, 0.9])
    counts = np.array([[0, 1, 2, 3, 3], [1, 1, 1, 2, 3]])
    np.testing.assert_allclose(share_in_bands(counts, p), [1.0, 0.4])
    with pytest.raises(MissingError, match="no value in a published band"):
        share_in_bands(counts[:, :1], np.array([0.22]))


def test_a_jump_lies_between_two_plateaus_and_drift_is_none():
    steps = 60
    jump = np.where(np.arange(steps) < 30, 0.4, 0.5 + 1e-3)
    drift = np.linspace(0.3, 0.7, steps)
    d = np.stack([jump, drift, np.full(steps, 0.5)], 1)
    found = plateaus.jumps(d, np.ones_like(d))
    assert [feature for feature, _ in found] == [0]
    assert abs(found[0][1] - 30) <= plateaus.WIDTH
    assert plateaus.jumps(d, np.zeros_like(d)) == []


def test_the_percentile_of_a_loss_drop_is_high_at_the_drop_and_a_half_by_chance():
    rng = np.random.default_rng(0)
    loss = np.exp(-np.cumsum(1e-3 * rng.uniform(size=200)))
    chance = np.mean([plateaus.percentile(loss, k) for k in range(20, 180)])
    assert chance == pytest.approx(0.5, abs=0.05)
    loss[100:] *= 0.9
    assert plateaus.percentile(loss, 100) > 0.8
