"""The study `monosemanticity`: schedules of decay and noise, rows, measures, claims."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from study_setup import CONTEXT, smoke_build

from tegum.ledger.findings import collect
from tegum.studies.monosemanticity import claims, train
from tegum.studies.monosemanticity.params import Train
from tegum.training.schedules import Schedule


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("monosemanticity")


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
    quiet = [replace(cell, params=cell.params.model_copy(update={"input_noise": 0.0}))]
    clean, _ = train._streams(quiet * 8, "cpu")
    last = train.noisy_steps(cell.params) - 1
    for step, same in ((last, False), (last + 1, True)):
        (x, target), (bare, truth) = stream.batch(step), clean.batch(step)
        np.testing.assert_array_equal(target, truth)
        assert np.array_equal(x, bare) == same


def test_rows_agree_with_their_own_weights(smoke):
    rows = smoke.rows("dictionaries", "train")
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
    rows = smoke.rows("learning_rate", "train")
    first = rows.isel(cell=rows["seed"].values == 0)
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
    fitted = smoke.rows("dictionaries", "fit")
    for place in range(fitted.sizes["cell"]):
        one = fitted.isel(cell=place)
        where = {a: one[a].item() for a in ("architecture", "bias_offset", "seed")}
        np.testing.assert_array_equal(ds["mcc"].sel(control="none", **where), one["mcc"])
    same = ds["mcc"].sel(site="input")
    np.testing.assert_allclose(same.sel(control="untrained"), same.sel(control="none"), atol=1e-6)


def test_a_dissenting_seed_keeps_a_claim_from_holding(smoke):
    m3 = next(f for f in collect(claims) if f.id == "m3")
    ds = smoke.measured["bias_offset"].isel(seed=[0, 0, 0, 0, 0]).drop_vars("loss_change")
    ds = ds.copy(deep=True)
    ds["mono_per_feature"][:] = 0.0
    for gain, expected in (
        ([0.3, 0.2, 0.3, 0.2, 0.25], "holds"),
        ([0.3, 0.2, 0.3, 0.2, -0.9], "inconclusive"),
        ([-0.3, -0.2, -0.3, -0.2, -0.25], "fails"),
    ):
        at = {"bias_offset": -0.5, "checkpoint": ds["checkpoint"].values[-1], "threshold": 0.9}
        ds["mono_per_feature"].loc[at] = gain
        assert m3.claim({"bias_offset": ds}).verdict == expected
