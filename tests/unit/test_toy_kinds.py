"""Kinds of the study `toy_superposition`: what an edit of a field recomputes, what is refused."""

import pytest
from toy_setup import plan_of

from tegum.errors import TegumError

SWEEPS = ("perturb_one", "pairs", "geometry", "abs_large", "abs_start", "hidden_relu")


def keys(plan, sweep):
    return [plan.key(sweep, "train", cell) for cell in plan.cells(sweep, "train")]


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        ({"width": 21}, ()),  # each sweep says its own
        ({"warm_probability": 0.3}, ("abs_large", "abs_start", "hidden_relu")),
        ({"n_dimensions": 4}, ()),
        ({"l1_hidden": 0.01}, ("perturb_one", "pairs", "geometry")),
        ({"spacing": "linear"}, ("perturb_one", "pairs", "geometry")),
        ({"nodes": 5, "max_active": 2}, ()),
        ({"evaluation_batches": 16}, ("pairs",)),
        ({"schedule": "constant"}, SWEEPS),
    ],
)
def test_an_edit_changes_the_rows_of_the_kind_that_reads_it_and_no_other(edit, changed):
    plan, edited = plan_of("laptop"), plan_of("laptop", {"train": edit})
    for sweep in SWEEPS:
        same = [a == b for a, b in zip(keys(plan, sweep), keys(edited, sweep), strict=True)]
        assert all(same) or not any(same)
        assert any(same) != (sweep in changed), sweep


def test_an_edit_of_the_module_of_one_kind_changes_the_rows_of_that_kind_only():
    plan, edited = plan_of("laptop"), plan_of("laptop", code={"train/hidden": "edited"})
    changed = {s for s in SWEEPS if keys(plan, s) != keys(edited, s)}
    assert changed == {"abs_large", "abs_start", "hidden_relu"}


def test_nodes_change_quadrature_rows_and_batches_those_of_samples():
    plan = plan_of("laptop")
    nodes = {"sweeps": {s: {"train": {"nodes": 5}} for s in ("perturb_one", "geometry")}}
    batch = {"sweeps": {s: {"train": {"batch": 64}} for s in ("perturb_one", "geometry")}}
    for change, rows in ((nodes, "perturb_one"), (batch, "geometry")):
        edited = plan_of("laptop", change)
        for sweep in ("perturb_one", "geometry"):
            assert (keys(plan, sweep) != keys(edited, sweep)) == (sweep == rows)


def test_what_is_measured_reads_only_the_fields_of_its_kind():
    fields = {
        sweep: set(type(plan_of("laptop").view(sweep).params).model_fields)
        for sweep in ("basic", "geometry", "phase", "hidden_relu")
    }
    assert fields["hidden_relu"] == {"what"}
    assert fields["basic"] == fields["phase"] < fields["geometry"]


@pytest.mark.parametrize(
    ("sweep", "train", "told"),
    [
        ("perturb_one", {"n_features": 20}, "start: pentagon is a geometry of n_features: 5"),
        ("pairs", {"set_size": 3}, "n_features: 4 cannot form sets of set_size: 3"),
        ("pairs", {"data": "quadrature"}, "quadrature knows no correlation: correlated"),
        ("abs_large", {"l1_hidden": 0.1}, "l1_hidden: no such parameter of hidden"),
    ],
)
def test_fields_that_do_not_fit_each_other_are_refused(sweep, train, told):
    with pytest.raises(TegumError, match=told):
        plan_of("laptop", {"sweeps": {sweep: {"train": train}}})
