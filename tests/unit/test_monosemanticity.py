"""The study `monosemanticity`: schedules of decay and noise, rows, measures, claims."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from tegum.data.rows import join, on_grid, with_axes
from tegum.experiment.params import overlay
from tegum.experiment.sweep import Plan
from tegum.experiment.validate import validate
from tegum.experiment.yaml_files import parse_yaml
from tegum.ledger.findings import judged
from tegum.studies.monosemanticity import claims, control, fit, measure, train
from tegum.studies.monosemanticity.params import Params, Train
from tegum.studies.monosemanticity.schema import SCHEMAS
from tegum.training.schedules import Schedule

ROOT = Path(__file__).parents[2]
STAGES = {"train": train, "fit": fit, "control": control}
CONTEXT = SimpleNamespace(device="cpu", scratch=None, progress=False)


def params(scale):
    raw = parse_yaml((ROOT / "params/monosemanticity.yaml").read_text(), "laptop")
    if scale != "laptop":
        text = (ROOT / "params" / scale / "monosemanticity.yaml").read_text()
        raw = overlay(raw, parse_yaml(text, scale))
    return validate(Params, raw, scale)


def plan_of(found):
    return Plan("monosemanticity", found, dict.fromkeys(found.CHAIN, "code"))


def rows_of(plan, sweep):
    """Row Dataset and its cells, by stage, as the workflow makes them."""
    made = {}
    for stage in plan.stages(sweep):
        parts, order = [], []
        for job in plan.jobs(sweep, stage):
            cells = list(job.cells)
            above = {}
            for s in job.reads:
                own = [{a: c.axes[a] for a in plan.axes(sweep, s)} for c in cells]
                above[s] = made[s][0].isel(cell=[made[s][1].index(axes) for axes in own])
            parts.append(with_axes(STAGES[stage].run(cells, above, CONTEXT), cells))
            order += [c.axes for c in cells]
        made[stage] = join(parts), order
    return made


@pytest.fixture(scope="module")
def smoke():
    plan = plan_of(params("smoke"))
    rows = {sweep: rows_of(plan, sweep) for sweep in plan.params.sweeps}
    measured = {}
    for sweep, made in rows.items():
        grids = {
            stage: on_grid(
                ds, {a: plan.view(sweep).axes[a] for a in plan.axes(sweep, stage)}, order
            )
            for stage, (ds, order) in made.items()
        }
        measured[sweep] = measure.run(plan.view(sweep), grids)
    return SimpleNamespace(plan=plan, rows=rows, measured=measured)


@pytest.mark.parametrize("scale", ["laptop", "smoke", "paper"])
def test_params_hold_at_every_scale_and_fit_and_control_agree(scale):
    found = params(scale)
    shared = found.control.model_dump(exclude={"controls"})
    assert shared == found.fit.model_dump()
    assert all(plan_of(found).jobs(s, "train") for s in found.sweeps)


def test_five_seeds_at_the_scales_that_conclude():
    for scale in ("laptop", "paper"):
        assert all(len(s.axes["seed"]) >= 5 for s in params(scale).sweeps.values())


def test_the_bias_decay_shrinks_by_the_e_folds_that_were_asked_for():
    section = Train(bias_decay_efolds=3.0, learning_rate=0.003, steps=4000)
    per_step = train.bias_decay(section) * section.learning_rate
    assert (1 - per_step) ** 2000 == pytest.approx(np.exp(-3), rel=5e-3)


def test_the_published_decay_is_coupled_to_the_learning_rate():
    coupled = {"bias_decay_efolds": 5.898, "bias_decay_reference": 0.003, "steps": 2**17}
    for rate in (0.001, 0.03):
        found = train.bias_decay(Train(learning_rate=rate, **coupled))
        assert found == pytest.approx(0.03, rel=1e-3)


def test_checkpoints_of_a_periodic_rate_lie_at_peaks_and_at_troughs():
    section = Train(schedule="periodic_cosine", half_period=192, steps=3072)
    schedule = Schedule("periodic_cosine", 3072, half_period=192)
    after = {s + 1: schedule(s + 1) for s in train.checkpoints(section)}
    assert {384, 768, 1536, 3072} <= {n for n, scale in after.items() if scale == pytest.approx(1)}
    assert {192, 576, 1344, 2880} == {n for n, s in after.items() if s == pytest.approx(0)}


def test_published_checkpoints_are_powers_of_two():
    steps = train.checkpoints(Train(steps=2**12, first_checkpoint=0))
    assert steps == tuple(2**j - 1 for j in range(13))


def test_noise_ends_after_its_share_and_leaves_the_features_alone(smoke):
    cell = smoke.plan.cells("noise_removed", "train")[0]
    cells = [cell] * 8
    stream, _ = train._streams(cells, "cpu")
    quiet = [
        SimpleNamespace(
            params=cell.params.model_copy(update={"input_noise": 0.0}), stream=cell.stream
        )
    ]
    clean, _ = train._streams(quiet * 8, "cpu")
    last = train.noisy_steps(cell.params) - 1
    for step, same in ((last, False), (last + 1, True)):
        (x, target), (bare, truth) = stream.batch(step), clean.batch(step)
        np.testing.assert_array_equal(target, truth)
        assert np.array_equal(x, bare) == same


def test_rows_agree_with_their_own_weights(smoke):
    rows, _ = smoke.rows["dictionaries"]["train"]
    for cell in range(rows.sizes["cell"]):
        row = rows.isel(cell=cell, checkpoint=-1)
        before = row["encoder"].values @ row["embedding"].values + row["bias"].values[:, None]
        response = np.maximum(before, 0)
        np.testing.assert_allclose(row["response_max"], response.max(1), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(row["response_sum"], response.sum(1), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        rows["feature_loss"].sum("output"), rows["evaluation_loss"].isel(checkpoint=-1), rtol=1e-5
    )


def test_a_cell_does_not_depend_on_its_company(smoke):
    cells = smoke.plan.cells("bias_offset", "train")
    together, alone = (train.run(c, {}, CONTEXT) for c in (list(cells), [cells[-1]]))
    xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_equal_seeds_share_embedding_and_first_loss_differs_only_by_condition(smoke):
    rows, order = smoke.rows["learning_rate"]["train"]
    same = [i for i, axes in enumerate(order) if axes["seed"] == 0]
    first = rows.isel(cell=same)
    assert np.ptp(first["embedding"].values, axis=0).max() == 0
    assert np.ptp(first["loss"].isel(checkpoint=0).values) == 0


def test_counts_agree_with_brute_force(smoke):
    ds = smoke.measured["dictionaries"]
    thresholds = ds["threshold"].values
    response = ds["response"].isel(bias_offset=0).values
    r = response.max(1) / (response.sum(1) + 1e-10)
    for index, threshold in enumerate(thresholds):
        mono = [j for j in range(len(r)) if r[j] > threshold]
        last = ds.isel(bias_offset=0, seed=0, checkpoint=-1, threshold=index)
        assert last["n_mono"] == len(mono)
        features = {int(response[j].argmax()) for j in mono}
        assert last["coverage"] == pytest.approx(len(features) / response.shape[1])


def test_padded_neurons_of_narrow_models_do_not_count(smoke):
    ds = smoke.measured["width"]
    assert ds["selectivity"].sel(width=8).notnull().sum("hidden").max() == 8
    total = ds["mono_per_neuron"] * ds["width"]
    np.testing.assert_allclose(total.transpose(*ds["n_mono"].dims), ds["n_mono"], atol=1e-5)


def test_controls_stand_beside_the_fit_with_none_first(smoke):
    ds = smoke.measured["dictionaries"]
    assert ds["control"].values.tolist() == ["none", "untrained", "permuted", "gaussian"]
    fitted = smoke.rows["dictionaries"]["fit"][0]["mcc"].values
    found = ds["mcc"].sel(control="none").values
    np.testing.assert_array_equal(found.reshape(fitted.shape), fitted)
    same = ds["mcc"].sel(site="input")
    np.testing.assert_allclose(same.sel(control="untrained"), same.sel(control="none"), atol=1e-6)


def test_datasets_are_labelled_and_pass_their_schemas(smoke):
    for made in smoke.rows.values():
        for stage, (ds, _) in made.items():
            SCHEMAS[stage].validate(ds)
    for ds in smoke.measured.values():
        SCHEMAS["measure"].validate(ds)


def test_every_finding_has_one_claim_also_without_its_sweep(smoke):
    found = judged("monosemanticity", "smoke", claims, smoke.measured)
    assert [c.id.split(".")[1] for c in found] == list(claims.FINDINGS)
    few = {"width": smoke.measured["width"]}
    assert len(judged("monosemanticity", "smoke", claims, few)) == len(found)


def test_statistical_claims_have_a_control(smoke):
    for claim in claims.claims(smoke.measured):
        if claim.kind == "statistical" and claim.estimate is not None:
            assert claim.control


def test_a_dissenting_seed_keeps_a_claim_from_holding(smoke):
    ds = smoke.measured["bias_offset"].isel(seed=[0, 0, 0, 0, 0]).copy(deep=True)
    ds["mono_per_feature"][:] = 0.0
    for gain, expected in (
        ([0.3, 0.2, 0.3, 0.2, 0.25], "holds"),
        ([0.3, 0.2, 0.3, 0.2, -0.9], "inconclusive"),
        ([-0.3, -0.2, -0.3, -0.2, -0.25], "fails"),
    ):
        at = {"bias_offset": -0.5, "checkpoint": ds["checkpoint"].values[-1], "threshold": 0.9}
        ds["mono_per_feature"].loc[at] = gain
        verdict = {c.id: c.verdict for c in claims.claims({"bias_offset": ds})}
        assert verdict["m3"] == expected
        assert verdict["m7"] == "inconclusive"
