"""Two versions of a study: which cells, values, claims and parameters differ."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from tegum.errors import TegumError
from tegum.figures.render import javascript
from tegum.versions.align import differences, labels_of
from tegum.versions.compare import compare
from tegum.versions.comparison import (
    Change,
    ClaimChange,
    Comparison,
    Difference,
    SweepChange,
    VariableChange,
    Version,
)
from tegum.versions.page import page
from tegum.versions.reproduce import laid_beside
from tegum.versions.text import text

RATES, SEEDS = (0.1, 0.2, 0.3), (0, 1)


def dataset(rates=RATES, seeds=SEEDS, steps=(1, 10, 100), **more):
    rate, seed, step = np.meshgrid(rates, seeds, steps, indexing="ij")
    loss = xr.Variable(
        ("rate", "seed", "step"), rate * 10 + seed + step / 7, {"long_name": "loss", "units": "1"}
    )
    return xr.Dataset(
        {"loss": loss, **more}, {"rate": list(rates), "seed": list(seeds), "step": list(steps)}
    )


def version(data=None, name="a", axes=("rate", "seed"), **more):
    data = dataset() if data is None else data
    values = {axis: data[axis].values.tolist() if axis in data.coords else [0] for axis in axes}
    fields = {"params": {}, "code": {}, "files": {}, "claims": []} | more
    return Version("walk", name, {"main": data}, {"main": values}, **fields)


def claim(id="walk.w1", **more):
    row = {"id": id, "verdict": "holds", "n": 5, "estimate": 0.3, "ci_low": 0.2, "ci_high": 0.4}
    return row | {"threshold": 0.1} | more


def edited(at, value, data=None):
    data = (dataset() if data is None else data).copy(deep=True)
    data["loss"].loc[at] = value
    return data


def test_equal_versions_have_no_difference():
    found = compare(version(), version(name="b"))
    assert found.equal
    assert "No difference" in text(found, 3)


@pytest.mark.parametrize("order", [("step", "rate", "seed"), ("seed", "step", "rate")])
def test_reordering_dimensions_and_values_is_no_change(order):
    other = dataset(rates=(0.3, 0.1, 0.2), seeds=(1, 0)).transpose(*order)
    assert compare(version(), version(other)).equal


def test_a_coordinate_that_differs_in_its_last_bit_is_the_same():
    other = dataset(rates=tuple(np.nextafter(RATES, 1.0)))
    other["loss"] = other["loss"].copy(data=dataset()["loss"].values)
    assert compare(version(), version(other)).equal


def test_cells_are_added_removed_and_changed():
    other = edited({"rate": 0.2, "seed": 1, "step": 10}, 7.0, dataset(rates=(0.2, 0.3, 0.4)))
    (found,) = compare(version(), version(other)).sweeps
    assert found.common == 4
    assert found.added == [{"rate": 0.4, "seed": 0}, {"rate": 0.4, "seed": 1}]
    assert found.removed == [{"rate": 0.1, "seed": 0}, {"rate": 0.1, "seed": 1}]
    assert found.changed == [{"rate": 0.2, "seed": 1}]
    (change,) = found.coordinates
    assert (change.name, change.a, change.b) == ("rate", [0.1], [0.4])


def test_the_largest_differences_come_first_with_their_coordinates():
    data = dataset()
    for at, more in (((0.1, 0, 1), 1.0), ((0.3, 1, 100), -4.0), ((0.2, 0, 10), 2.0)):
        place = dict(zip(("rate", "seed", "step"), at, strict=True))
        data = edited(place, float(data["loss"].sel(place)) + more, data)
    (sweep,) = compare(version(), version(data), top=2).sweeps
    (change,) = sweep.variables
    assert (change.compared, change.changed) == (18, 3)
    first, second = change.largest
    assert first.at == {"rate": 0.3, "seed": 1, "step": 100}
    before = 3.0 + 1 + 100 / 7
    assert first.absolute == pytest.approx(4.0)
    assert first.relative == pytest.approx(4.0 / before)
    assert second.at == {"rate": 0.2, "seed": 0, "step": 10}


def test_a_relative_difference_is_finite_where_a_value_is_zero():
    a, b = np.array([0.0, 0.0, 2.0, -1.0]), np.array([0.0, 5.0, 0.0, 1.0])
    changed, absolute, relative = differences(a, b)
    assert changed.tolist() == [False, True, True, True]
    assert absolute.tolist() == [0.0, 5.0, 2.0, 2.0]
    assert relative.tolist() == [0.0, 1.0, 1.0, 2.0]


def test_nan_equals_nan_and_differs_from_a_number():
    nan, inf = np.nan, np.inf
    a, b = np.array([nan, nan, 1.0, inf, inf, 1.0]), np.array([nan, 1.0, nan, inf, -inf, inf])
    changed, absolute, _ = differences(a, b, tolerance=0.5)
    assert changed.tolist() == [False, True, True, False, True, True]
    assert np.isnan(absolute[changed]).all()


def test_a_value_that_became_undefined_is_counted_and_listed_last():
    data = edited({"rate": 0.1, "seed": 0, "step": 1}, np.nan)
    data = edited({"rate": 0.3, "seed": 0, "step": 1}, 9.0, data)
    found = compare(version(), version(data))
    change = found.sweeps[0].variables[0]
    assert (change.changed, change.undefined) == (2, 1)
    assert [d.b for d in change.largest] == [9.0, None]
    assert (
        json.loads(found.model_dump_json())["sweeps"][0]["variables"][0]["largest"][1]["b"] is None
    )
    assert "1 undefined in one" in text(found, 3)


def test_differences_within_the_tolerance_are_none():
    data = dataset()
    data["loss"] = data["loss"] * (1 + 1e-7)
    assert compare(version(), version(data), tolerance=1e-6).equal
    assert not compare(version(), version(data), tolerance=1e-8).equal
    assert not compare(version(), version(data)).equal


def test_integers_and_texts_are_compared_exactly():
    big = 2**53
    changed, _, _ = differences(np.array([big]), np.array([big + 1]))
    changed_text, absolute, _ = differences(np.array(["a", "b"]), np.array(["a", "c"]))
    assert changed.all()
    assert changed_text.tolist() == [False, True]
    assert np.isnan(absolute).all()


def test_repeated_coordinate_values_keep_their_order():
    assert labels_of([1, 1.0, float("nan")]) == [(1, 0), (1, 1), ("nan", 0)]


def test_a_dimension_on_one_side_only_is_named_and_its_variables_are_not_compared():
    wide = dataset().expand_dims(width=[4, 8])
    found = compare(version(), version(wide, axes=("rate", "seed", "width")))
    (sweep,) = found.sweeps
    assert (sweep.common, len(sweep.added), len(sweep.removed)) == (0, 12, 6)
    (change,) = sweep.coordinates
    assert (change.name, change.a, change.b) == ("width", None, [4, 8])
    assert sweep.variables[0].compared == 0
    assert "no such dimension" in text(found, 3)


def test_variables_and_sweeps_on_one_side_only_are_named():
    extra = xr.Variable(("rate",), np.zeros(3), {"long_name": "x", "units": "1"})
    found = compare(version(), version(dataset(extra=extra)))
    assert found.sweeps[0].only_b == ["extra"] and not found.sweeps[0].changed
    lone = Version("walk", "c", {}, {}, {}, {}, {}, [])
    assert compare(version(), lone).only_a == ["main"]


def test_a_variable_without_an_axis_counts_for_all_its_values():
    end = xr.Variable(("rate",), np.zeros(3), {"long_name": "x", "units": "1"})
    other = dataset(end=end.copy(data=np.array([0.0, 1.0, 0.0])))
    found = compare(version(dataset(end=end)), version(other))
    assert found.sweeps[0].changed == [{"rate": 0.2, "seed": 0}, {"rate": 0.2, "seed": 1}]


def test_only_the_named_variable_is_compared():
    extra = xr.Variable(("rate",), np.zeros(3), {"long_name": "x", "units": "1"})
    other = edited({"rate": 0.1, "seed": 0, "step": 1}, 9.0, dataset(extra=extra))
    assert compare(version(dataset(extra=extra)), version(other), variable="extra").equal
    with pytest.raises(TegumError, match="extra, loss"):
        compare(version(dataset(extra=extra)), version(other), variable="los")


def test_claims_that_moved_are_listed_and_those_with_another_verdict_first():
    old = [claim(), claim("walk.w2"), claim("walk.w3"), claim("walk.w4")]
    new = [claim(), claim("walk.w2", estimate=0.31), claim("walk.w3", verdict="fails")]
    found = compare(version(claims=old), version(claims=new))
    assert [c.id for c in found.claims] == ["walk.w3", "walk.w4", "walk.w2"]
    assert not found.equal and found.claims[1].b is None
    table = text(found, 3)
    assert "holds -> fails" in table and "0.3 -> 0.31" in table
    near = [claim(estimate=0.3 + 1e-12)]
    assert compare(version(claims=[claim()]), version(claims=near), tolerance=1e-9).equal


def test_parameters_code_and_files_are_named():
    old = {"params": {"train.steps": 5, "gone": 1}, "code": {"train": "aa"}, "files": {"x.py": "1"}}
    new = {"params": {"train.steps": 6}, "code": {"train": "bb"}, "files": {"x.py": "2"}}
    found = compare(version(**old), version(**new))
    assert [(c.name, c.a, c.b) for c in found.params] == [("gone", 1, None), ("train.steps", 5, 6)]
    assert found.code[0].name == "train" and found.files == ["x.py"]
    only_files = compare(version(files={"x.py": "1"}), version(files={"x.py": "2"}))
    assert only_files.equal and only_files.files == ["x.py"]


def test_the_page_is_offline_and_escapes_what_it_shows():
    evil = "</script><script>alert(1)</script>{0}$$x$$"
    data = dataset().rename(loss=evil)
    data[evil].attrs = {"long_name": evil, "units": evil}
    other = data.copy(deep=True)
    other[evil].loc[{"rate": 0.2}] = 3.0
    a = version(data, name=evil, params={evil: evil}, claims=[claim(evil)])
    b = version(other, notes=(evil,))
    made = page(a, b, compare(a, b), 3).decode()
    assert "<script>alert" not in made
    assert "&lt;script&gt;alert(1)" in made and evil not in made
    assert "<figure>" in made and "95 % interval" in made
    own = made.replace(javascript().decode(), "")
    assert "src=" not in own and "://" not in own
    assert all("$$" not in script for script in re.findall("<script.*?</script>", own, re.S))


def test_a_page_without_a_numeric_dimension_has_the_tables_only():
    values = xr.Variable(("kind",), [1.0, 2.0], {"long_name": "x", "units": "1"})
    data = xr.Dataset({"loss": values}, {"kind": ["p", "q"]})
    other = data.assign(loss=data["loss"] + 1)
    a, b = version(data, axes=("kind",)), version(other, axes=("kind",))
    made = page(a, b, compare(a, b), 3).decode()
    assert "kind=p" in made and "<figure>" not in made


def test_the_docs_name_every_field_of_the_json():
    docs = (Path(__file__).parents[2] / "docs" / "compare.md").read_text()
    words = set(re.findall(r"\w+", docs.split("## JSON")[1]))
    for model in (Comparison, SweepChange, VariableChange, Difference, ClaimChange, Change):
        assert not model.model_fields.keys() - words


EXACT = claim("walk.exact", estimate=1e-15, ci_low=None, ci_high=None)


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({}, ("none of 2", "none of 1", "none")),
        ({"estimate": 0.24}, ("none of 2", "none of 1", "20 % in walk.w1, 0.3 -> 0.24")),
        (
            {"estimate": 0.15},
            ("none of 2", "1 of 1 (walk.w1)", "50 % in walk.w1, 0.3 -> 0.15"),
        ),
        ({"estimate": None}, ("none of 2", "1 of 1 (walk.w1)", "none")),
        ({"ci_low": 0.29, "n": 6}, ("none of 2", "none of 1", "none")),
        ({"verdict": "fails"}, ("1 of 2 (walk.w1 holds -> fails)", "none of 1", "none")),
        (
            {"id": "walk.w2"},
            ("2 of 2 (walk.w1 holds -> -; walk.w2 - -> holds)", "none of 1", "none"),
        ),
    ],
)
def test_a_rebuild_says_in_three_lines_what_moved(change, lines):
    built = [claim() | change, EXACT | {"estimate": 3e-15}]
    pair = version(claims=[claim(), EXACT]), version(name="b", claims=built)
    found = laid_beside([pair], "HEAD")
    said = [line.partition(": ")[2] for line in found.text().splitlines()]
    assert said == list(lines)
    assert bool(found.moved) == (not lines[0].startswith("none")) and not found.notes


def test_the_largest_change_of_several_studies_is_told():
    pairs = [
        (
            version(claims=[claim(f"{study}.w")]),
            version(claims=[claim(f"{study}.w", estimate=estimate)], params=params),
        )
        for study, estimate, params in (("a", 0.33, {}), ("b", 0.2, {"train.steps": 3}))
    ]
    found = laid_beside(pairs, "HEAD")
    assert "33.3 % in b.w, 0.3 -> 0.2" in found.text()
    assert found.notes == ["walk: other parameters than there: train.steps"]
