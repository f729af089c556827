"""The study `contrast_pairs` at smoke scale: rows, measures, claims."""

import numpy as np
import pytest
import xarray as xr
from study_setup import CONTEXT, smoke_build

from tegum.ledger.findings import collect, judged
from tegum.studies.contrast_pairs import claims
from tegum.studies.contrast_pairs.claims.imbalance import _switch
from tegum.studies.contrast_pairs.fit import hidden, synthetic


@pytest.fixture(scope="module")
def smoke():
    return smoke_build("contrast_pairs")


@pytest.fixture(scope="module")
def data(smoke):
    return smoke.measured


def test_a_cell_does_not_depend_on_its_company(smoke):
    cells = smoke.plan.cells("imbalance", "fit")
    together, alone = (synthetic.run(c, {}, CONTEXT) for c in (list(cells), [cells[-1]]))
    xr.testing.assert_identical(together.isel(cell=[-1]), alone)


def test_stored_weights_are_those_that_are_read(smoke):
    train, fit = (smoke.rows("attention", stage) for stage in ("train", "fit"))
    cells = smoke.plan.cells("attention", "fit")
    again = hidden.run(list(cells), {"train": train}, CONTEXT)
    np.testing.assert_array_equal(again["accuracy"], fit["accuracy"])


def test_untrained_models_are_a_control_beside_the_trained(data):
    found = data["attention"]
    assert found["control"].values.tolist() == ["none", "shuffled", "untrained"]
    trained, fresh = (found["auroc"].sel(control=c) for c in ("none", "untrained"))
    assert not np.array_equal(trained, fresh)


def test_a_causal_model_read_before_the_label_is_at_chance(data):
    blind = data["attention"].sel(attention="causal", label_position="after_readout")
    assert float(blind["difference"].max()) == 0.0
    np.testing.assert_array_equal(blind["auroc"].sel(reader=["ccs", "tpc", "logistic"]), 0.5)


def test_a_switch_is_where_the_cosines_cross():
    cos = np.array([[0.9, 0.8, 0.2], [0.9, 0.9, 0.9], [0.1, 0.1, 0.1]]).T
    ds = xr.Dataset(
        {
            "cos_truth": (("truth_probability", "seed", "reader"), cos[:, :, None]),
            "cos_distractor": (("truth_probability", "seed", "reader"), 1 - cos[:, :, None]),
        },
        {"truth_probability": [0.5, 0.7, 0.9], "seed": [0, 1, 2], "reader": ["ccs"]},
    )
    np.testing.assert_allclose(_switch(ds, "ccs"), [0.8, 1.0, 0.5])


def test_every_finding_has_one_claim_also_without_its_sweep(data):
    found = judged("contrast_pairs", "smoke", claims, data)
    few = judged("contrast_pairs", "smoke", claims, {"shift": data["shift"]})
    assert [c.id for c in found] == [c.id for c in few]
    assert {c.reason for c in few if "sweep salience" in c.reason}
    for claim in found:
        if claim.kind == "statistical" and claim.estimate is not None:
            assert claim.control


def test_a_dissenting_seed_keeps_a_claim_from_holding(data):
    ds = data["salience"].isel(seed=[0, 0, 0, 0, 0]).copy(deep=True)
    at = {"reader": "ccs", "threshold": "zero", "normalisation": "train", "control": "none"}
    most = {"distractor_scale": ds["distractor_scale"].values[-1]}
    ds["accuracy"].loc[{**most, **at, "reader": "logistic"}] = 1.0
    for accuracy, expected in (
        ([0.5, 0.5, 0.6, 0.5, 0.6], "holds"),
        ([0.5, 0.5, 0.6, 0.5, 1.0], "inconclusive"),
        ([0.9, 1.0, 1.0, 0.9, 0.9], "fails"),
    ):
        ds["accuracy"].loc[most | at] = accuracy
        verdict = {f.id: f.claim({"salience": ds}).verdict for f in collect(claims)}
        assert verdict["d5_hypothesis"] == expected
        assert verdict["d1_ccs"] == "inconclusive"
