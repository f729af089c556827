"""Pairs of real models: halves of a pool, and what is said where the extra is missing."""

import numpy as np
import pytest
import xarray as xr

from tegum.build import records
from tegum.build.execute import lacking
from tegum.build.recipes import Recipe
from tegum.data.digests import Digests
from tegum.errors import TegumError
from tegum.experiment.cell import Cell, Context
from tegum.ledger.findings import collect
from tegum.studies.real_contrast import claims, fit, generate, reading, states
from tegum.studies.real_contrast.params import Fit, Generate
from tegum.studies.real_contrast.schema import SCHEMAS

LABELS = np.arange(80) % 2 == 0


@pytest.mark.parametrize("probability", [0.5, 0.8, 0.95])
def test_halves_share_no_pair_and_have_the_share_that_is_asked_for(probability):
    train, test = reading.halves(LABELS, 20, probability, 3)
    assert not set(train) & set(test) and len(train) == len(test) == 20
    for part in (train, test):
        assert LABELS[part].sum() == round(20 * probability)


def test_halves_are_the_same_pool_at_every_share():
    train, test = zip(*(reading.halves(LABELS, 20, p, 3) for p in (0.5, 0.8)), strict=True)
    assert not set(train[0]) & set(test[1]) and not set(train[1]) & set(test[0])
    with pytest.raises(TegumError, match="give a larger n_pairs"):
        reading.halves(LABELS, 40, 0.95, 3)


def sides(rng, gap):
    """Pairs whose members differ along the first axis by the truth, along the second always."""
    shared, noise = rng.standard_normal((80, 6)), 0.1 * rng.standard_normal((2, 80, 6))
    half = np.zeros((80, 6))
    half[:, 0] = gap * np.where(LABELS, 1, -1)
    half[:, 1] = 2.0
    members = [shared + s * half + n for s, n in zip((1, -1), noise, strict=True)]
    return members[0].astype(np.float32), members[1].astype(np.float32)


def test_a_truth_that_is_there_is_read_and_ccs_stays_where_it_started():
    section = Fit(n_fit=30, tries=3, probe_steps=200)
    cells = [Cell("real_contrast", "fit", {"seed": s}, section) for s in (0, 1)]
    rng = np.random.default_rng(0)
    generated = xr.Dataset(
        {
            "label": (("cell", "pair"), np.tile(LABELS, (2, 1)).astype("int8")),
            "distractor": (("cell", "pair"), np.full((2, 80), -1, "int8")),
            "margin": (("cell", "pair"), np.tile(np.where(LABELS, 5.0, 3.0), (2, 1))),
        }
    )
    found = reading.read(cells, [section] * 2, generated, [sides(rng, 2.0), sides(rng, 0.0)])
    SCHEMAS["fit"].validate(found)
    plain = found.sel(control="none", threshold="zero")
    there, absent = plain.isel(cell=0), plain.isel(cell=1)
    assert there["accuracy"].sel(reader="logistic") > 0.95
    assert there["accuracy_from_truth"] > 0.95
    assert abs(absent["accuracy"].sel(reader="logistic") - 0.5) < 0.3
    assert there["truth_variance"] > 0.5 > absent["truth_variance"]
    assert there["zero_shot"] == 0.5 and there["zero_shot_calibrated"] == 1.0


@pytest.fixture
def without(monkeypatch):
    monkeypatch.setattr(states, "available", lambda: False)


def cells(stage, section, **upstream):
    return [Cell("real_contrast", stage, {"seed": s}, section, upstream) for s in (0, 1)]


def test_without_the_extra_rows_say_so_and_claims_are_untested(without):
    given = Generate(n_pairs=16)
    made = generate.run(cells("generate", given), {}, Context())
    SCHEMAS["generate"].validate(made)
    section = Fit(n_fit=8, tries=2)
    rows = fit.run(cells("fit", section, generate=given), {"generate": made}, Context())
    SCHEMAS["fit"].validate(rows)
    assert lacking(made) and lacking(rows) and rows["accuracy"].isnull().all()
    grid = rows.rename(cell="seed").expand_dims(dataset=["reviews", "cities"], layer=[20, 0])
    names = {s for f in collect(claims) for s in f.sweeps or ()}
    grid = grid.expand_dims(truth_probability=[0.5, 0.8, 0.95])
    for finding in collect(claims):
        claim = finding.claim(
            {n: grid.assign_coords(layer=[3, 0] if "bidir" in n else [20, 0]) for n in names}
        )
        assert claim.verdict == "inconclusive"
        assert "make .venv/models" in claim.reason, finding.id


def test_files_that_lacked_the_extra_are_made_again_once_it_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.nc").write_bytes(b"1")
    recipe = Recipe("generate", "x", [], ["data/x.nc"], {"code": "p"})
    for lacks, there, known in ((True, False, True), (True, True, False), (False, True, True)):
        records.note(recipe, {}, lacks)
        monkeypatch.setattr(records, "available", lambda there=there: there)
        makings = records.Makings("data/none.json.gz", Digests())
        assert (makings.of(recipe) is not None) is known
