"""The study `sae_recovery` at smoke scale: worlds, rows, measures, claims."""

import numpy as np
import pytest
import xarray as xr
from study_setup import CONTEXT, plans_at, smoke_build

from tegum.dictionaries.sections import SECTIONS
from tegum.errors import TegumError
from tegum.ledger.findings import collect, judged
from tegum.studies.sae_recovery import claims, fit
from tegum.studies.sae_recovery.claims.benchmark import at_equal_sparsity
from tegum.studies.sae_recovery.generate import hierarchy, independent, subspaces, toy_model


def toy_models(count, size, seeds):
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((len(seeds), count, size)).astype(np.float32)
    return xr.Dataset(
        {
            "weight": (("cell", "feature", "dimension"), weight),
            "bias": (("cell", "feature"), np.full((len(seeds), count), -0.1, np.float32)),
        },
        {"seed": ("cell", seeds)},
    )


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("sae_recovery").measured


def plan_at(scale):
    return plans_at(scale, "sae_recovery")["sae_recovery"]


def cells_of(sweep, stage, scale="smoke"):
    return list(plan_at(scale).cells(sweep, stage))


@pytest.mark.parametrize("scale", ["laptop", "smoke", "paper"])
def test_controls_are_fitted_with_the_numbers_of_the_fits(scale):
    plan = plan_at(scale)
    for sweep in plan.params.sweeps:
        at, rate = (
            plan.params.base("control", "topk")[f"at_{n}"] for n in ("level", "learning_rate")
        )
        fits = {
            c.params.architecture: c.params
            for c in plan.cells(sweep, "fit")
            if c.params.level == at and c.params.learning_rate == rate
        }
        for cell in plan.cells(sweep, "control"):
            control, fitted = cell.params, fits[cell.params.architecture]
            for name in {*SECTIONS[control.architecture].model_fields, "latents"}:
                assert getattr(fitted, name) == getattr(control, name), (sweep, name)
            assert getattr(fitted, "prefixes", [fitted.latents])[-1] == fitted.latents


def test_rows_do_not_depend_on_their_company():
    cells = cells_of("frontier", "fit")
    made = {"generate": independent.run([cells_of("frontier", "generate")[0]], {}, CONTEXT)}
    mine = [c for c in cells if c.seed == 0]
    together = fit.run(mine, {"generate": made["generate"].isel(cell=[0] * len(mine))}, CONTEXT)
    alone = fit.run(mine[-1:], made, CONTEXT)
    xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_the_true_directions_and_codes_are_a_ceiling(smoke):
    oracle = smoke["frontier"].sel(control="oracle", level=1)
    assert float(oracle["fvu"].max()) < 1e-10
    for name in ("mcc", "uniqueness", "relative_bias"):
        np.testing.assert_allclose(oracle[name], 1, atol=1e-6)


def test_controls_stand_beside_the_fits_at_their_level(smoke):
    frontier = smoke["frontier"]
    assert frontier["control"].values.tolist() == ["none", "random", "gaussian", "oracle"]
    assert frontier["mcc"].sel(control="none").notnull().all()
    assert frontier["mcc"].sel(control="gaussian", level=1).notnull().all()
    assert frontier["mcc"].sel(control="gaussian", level=0).isnull().all()
    np.testing.assert_allclose(frontier["sparsity"].sel(architecture="topk"), [4, 2])


def test_a_frozen_decoder_stays_as_random_as_it_was(smoke):
    ds = smoke["hierarchy"].sel(level=1)
    frozen, loose = ds.sel(control="frozen"), ds.sel(control="random")
    np.testing.assert_allclose(frozen["mcc"], loose["mcc"], atol=1e-6)
    assert (frozen["fvu"] != loose["fvu"]).all()


def test_measures_that_need_a_generator_are_there_with_it_only(smoke):
    for name, sweep in (("subspace_purity", "subspaces"), ("loss_recovered", "toy_model")):
        here = {s for s, ds in smoke.items() if ds[name].notnull().any()}
        assert here == {sweep}


def test_worlds_of_subspaces_are_orthogonal_and_of_trees_are_trees():
    cell = cells_of("subspaces", "generate", "laptop")[0]
    row = subspaces.run([cell], {}, CONTEXT).isel(cell=0)
    group, gram = row["gate"].values, row["directions"].values @ row["directions"].values.T
    assert np.abs(gram[group[:, None] != group]).max() < 1e-6
    assert [
        np.linalg.matrix_rank(row["directions"].values[group == g], 1e-4) for g in range(4)
    ] == [4] * 4
    cell = cells_of("hierarchy", "generate", "laptop")[0]
    row = hierarchy.run([cell], {}, CONTEXT).isel(cell=0)
    parent = row["parent"].values
    children = np.bincount(parent[parent >= 0], minlength=256)
    assert children[:32].tolist() == [4] * 32 and not children[32:].any()
    roots = row["marginal"].values[parent < 0]
    assert roots.mean() == pytest.approx(0.03, rel=1e-5) and (np.diff(roots) < 0).all()
    np.testing.assert_allclose((row["loading"].values[parent < 0] ** 2).sum(1), 0.1, rtol=1e-5)


def test_toy_models_are_taken_by_seed_and_must_fit():
    cells = cells_of("toy_model", "generate")
    models = toy_models(10, 3, [1, 0])
    rows = toy_model.run(cells, {toy_model.TOY_MODELS: models}, CONTEXT)
    np.testing.assert_array_equal(rows["directions"][0], models["weight"][1])
    for wrong in (toy_models(9, 3, [0, 1]), toy_models(10, 3, [0, 0]), toy_models(10, 3, [1, 2])):
        with pytest.raises(TegumError, match=r"inputs: .* toy models of seed"):
            toy_model.run(cells, {toy_model.TOY_MODELS: wrong}, CONTEXT)


def test_measures_are_interpolated_to_an_equal_number_of_active_latents():
    active = np.array([[6.0, 5.0, 1.0], [3.0, 2.0, 1.0]])
    values = np.array([[1.0, 2.0, 6.0], [7.0, 8.0, 9.0]])
    dims = ("seed", "level", "control")
    ds = xr.Dataset(
        {"l0": (dims, active[..., None]), "x": (dims, values[..., None])},
        {"control": ["none"]},
    )
    np.testing.assert_allclose(at_equal_sparsity(ds, "x"), [3.0, 7.0])  # beyond: the nearest


def test_every_finding_has_one_claim(smoke):
    found = judged("sae_recovery", "smoke", claims, smoke)
    assert [c.id.split(".")[1] for c in found] == [f.id for f in collect(claims)]
    exact = {c.id.split(".")[1]: c.verdict for c in found if c.kind == "exact"}
    assert exact == {"a7_oracle": "holds", "a7_invariance": "holds", "mean_max": "holds"}
