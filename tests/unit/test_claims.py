"""Verdicts follow from estimates, intervals and thresholds, and from nothing else."""

import re
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from tegum.errors import TegumError
from tegum.labels import at
from tegum.ledger.claims import Claim, above, exact, listed, statistical, untested, within
from tegum.ledger.findings import collect, finding, judged
from tegum.ledger.report import across, claims_table, judged_by_data, tally

SEEDS = st.lists(st.floats(-5, 5, width=32, allow_subnormal=False), min_size=5, max_size=12)


def measured(values, threshold, direction="above", control=(0.0,)):
    return statistical(
        "m1", "It grows", "Section 2", values=values, threshold=threshold, direction=direction,
        control="shuffled", control_values=control,
    )  # fmt: skip


def compared(estimate, threshold=1e-6):
    return exact(
        "m2", "Equal", "Equation 3", estimate=estimate, threshold=threshold, n=4, reason="r"
    )


@pytest.mark.parametrize(
    ("estimate", "verdict"),
    [(0.0, "holds"), (1e-6, "holds"), (2e-6, "fails"), (np.nan, "fails"), (np.inf, "fails")],
)
def test_an_exact_claim_holds_within_its_tolerance(estimate, verdict):
    claim = compared(estimate)
    assert claim.verdict == verdict
    assert (claim.estimate is None) == (not np.isfinite(estimate))
    assert claim.reason.endswith("r")


def test_of_several_deviations_the_largest_is_judged_and_all_are_counted():
    claim = within(0.2, xr.DataArray([[0.1, 0.15], [0.05, 0.0]]))
    assert (claim.verdict, claim.estimate, claim.n) == ("holds", 0.15, 4)
    assert within(0.2, np.array([0.1, np.nan])).verdict == "fails"


def test_a_statistical_claim_holds_where_its_whole_interval_is_on_the_right_side():
    values = [1.0, 1.1, 0.9, 1.2, 1.0, 0.95]
    assert measured(values, 0.5).verdict == "holds"
    assert measured(values, 1.5).verdict == "fails"
    assert measured(values, 1.02).verdict == "inconclusive"
    assert measured(values, 0.5, "below").verdict == "fails"
    assert measured(values, 1.5, "below").verdict == "holds"


@given(SEEDS, st.floats(-5, 5, allow_subnormal=False), st.sampled_from(["above", "below"]))
def test_a_verdict_agrees_with_its_interval(values, threshold, direction):
    claim = measured(values, threshold, direction)
    sign = 1 if direction == "above" else -1
    low, high = sorted((sign * (claim.ci_low - threshold), sign * (claim.ci_high - threshold)))
    assert (claim.verdict == "holds") == (low > 0)
    if claim.verdict == "fails":
        assert high <= 0
    assert min(values) - 1e-6 <= claim.ci_low <= claim.ci_high <= max(values) + 1e-6
    assert claim.estimate == pytest.approx(np.mean(values))


@given(SEEDS, st.floats(-5, 5, allow_subnormal=False))
def test_the_mirror_image_has_the_same_verdict(values, threshold):
    mirrored = measured([-v for v in values], -threshold, "below")
    assert {mirrored.verdict, measured(values, threshold).verdict} != {"holds", "fails"}


@pytest.mark.parametrize("values", [[], [1.0] * 4, [1.0] * 4 + [np.nan] * 9, [np.inf] * 9])
def test_fewer_than_five_seeds_decide_nothing(values):
    claim = measured(values, 0.0)
    assert claim.verdict == "inconclusive"
    assert "5 are needed" in claim.reason
    assert claim.ci_low is None


def test_seeds_without_a_value_are_not_counted():
    claim = measured([1.0, 1.1, np.nan, 0.9, 1.2, 1.0], 0.5, control=[0.1, np.nan, 0.3])
    assert claim.n == 5
    assert claim.control_estimate == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("control", "verdict"), [([2.0] * 5, "holds"), ([0.0] * 5, "fails"), ([2.0], "inconclusive")]
)
def test_the_rule_of_a_claim_is_applied_to_its_control(control, verdict):
    claim = measured([1.0, 1.1, 0.9, 1.2, 1.0], 0.5, control=control)
    assert (claim.verdict, claim.control_verdict) == ("holds", verdict)


def test_a_claim_that_holds_under_its_control_is_told():
    rows = [measured([1.0] * 5, 0.5, control=[c] * 5).model_dump() for c in (2.0, 0.0)]
    assert "2 hold (1 of them under their control too)" in tally(rows)
    assert claims_table(rows).count("holds, as does the control") == 1


def test_what_was_tested_at_paper_scale_stands_beside_the_laptops_verdicts():
    def row(name, values, threshold=0.5):
        return measured(values, threshold).model_dump() | {"id": f"study.{name}"}

    here = [row("a", [1.0] * 4), row("b", [1.0] * 5), row("c", [1.0] * 5), row("d", [0.0] * 5)]
    absent = untested("d", "It grows", "Section 2", reason="no such sweep").model_dump()
    there = [row("a", [2.0] * 5), row("b", [0.0] * 5), row("c", [1.0] * 4), absent]
    larger = judged_by_data(there)
    assert [r["id"] for r in larger] == ["study.a", "study.b", "study.c"]
    told = across(here, larger)
    assert ": 3 claims: 1 hold" in told and "1 that were inconclusive are decided" in told
    assert "1 that were decided are inconclusive, 1 turn from holds to fails or back" in told
    _, _, *lines = claims_table(here, larger).splitlines()
    cells = [line.split(" | ") for line in lines]
    assert [c[3] for c in cells] == [
        "holds: 2 [2, 2]",
        "**fails**: 0 [0, 0]",
        "inconclusive: 1",
        "",
    ]
    assert len({len(c) for c in cells}) == 1 and "at paper scale" not in claims_table(here)


def test_the_same_values_give_the_same_interval():
    values = list(np.linspace(0, 1, 7))
    assert measured(values, 0.2) == measured(values, 0.2)


def test_a_claim_that_is_not_tested_says_what_would():
    claim = untested("m3", "It scales", "Figure 4", reason="width 512 would test it")
    assert (claim.verdict, claim.estimate, claim.n) == ("inconclusive", None, 0)


def module(**members) -> ModuleType:
    """A module `claims` with these members."""
    found = ModuleType("claims")
    vars(found).update(members)
    return found


def rates(*values: float, seeds: int = 6, **more) -> dict[str, xr.Dataset]:
    """A sweep over rates in which the count is the rate itself."""
    count = np.tile(np.array(values)[:, None], (1, seeds))
    coords = {"rate": list(values), "seed": range(seeds)}
    ds = xr.Dataset({"count": (("rate", "seed"), count)}, coords, {"steps": 100})
    for name, value in more.items():
        ds[name] = ds["count"] * 0 + value
    return {"rates": ds}


def over(bound: float, **where) -> Callable[[xr.Dataset], Claim]:
    """What a finding computes: whether the count there is above a bound."""
    return lambda ds: above(bound, at(ds["count"], **where), control=("x", []))


def more_at_high(rates: xr.Dataset) -> Claim:
    high, low = at(rates["count"], rate=0.3), at(rates["count"], rate=0.1)
    return above(0.0, high - low, control=("shuffled", 0 * low), because="0.3 against 0.1")


M1 = finding("rates", "Higher rates give more", "Figure 1", converged=0.05)(more_at_high, id="m1")


def test_a_finding_is_judged_on_exactly_the_values_that_it_names():
    (claim,) = judged("walk", "laptop", module(m1=M1), rates(0.1, 0.2, 0.3))
    assert (claim.id, claim.scale, claim.verdict) == ("walk.m1", "laptop", "holds")
    assert claim.estimate == pytest.approx(0.2)
    assert (claim.statement, claim.source) == ("Higher rates give more", "Figure 1")


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (rates(0.1, 0.2999), r"rate = 0.3 is not among its values \(0.1, 0.2999\)"),
        (rates(0.3), "rate = 0.1 is not among"),
        ({}, "the sweep rates is not among"),
    ],
)
def test_a_missing_sweep_or_value_makes_a_claim_untested_and_is_named(data, named):
    claim = M1.claim(data)
    assert claim.verdict == "inconclusive" and claim.n == 0
    assert re.search(named, claim.reason)


def test_conditions_are_checked_before_the_function_is_called():
    reached = finding("rates", "s", "o", at={"rate": (0.1, 0.3)})(lambda ds: 1 / 0, id="m2")
    assert "sweep rates: rate = 0.3" in reached.claim(rates(0.1)).reason


@pytest.mark.parametrize(
    ("moved", "no_effect", "verdict"),
    [(0.01, False, "fails"), (0.2, False, "inconclusive"), (0.2, True, "inconclusive")],
)
def test_a_verdict_against_a_statement_needs_converged_rows(moved, no_effect, verdict):
    declared = finding("rates", "s", "o", converged=0.05, no_effect=no_effect)
    claim = declared(over(9.0, rate=0.1), id="m").claim(rates(0.1, loss_change=moved))
    assert claim.verdict == verdict
    if verdict == "inconclusive":
        assert claim.reason.startswith("undertrained: ") and "about 4 times as many" in claim.reason


@pytest.mark.parametrize(("no_effect", "verdict"), [(False, "holds"), (True, "inconclusive")])
def test_unconverged_rows_may_hold_what_there_is_but_not_that_nothing_is(no_effect, verdict):
    declared = finding("rates", "s", "o", converged=0.05, no_effect=no_effect)
    assert (
        declared(over(0.0, rate=0.1), id="m").claim(rates(0.1, loss_change=0.2)).verdict == verdict
    )


def test_only_the_rows_that_a_claim_rests_on_have_to_be_converged():
    data = rates(0.1, 0.2)
    data["rates"]["loss_change"] = data["rates"]["count"].where(data["rates"]["rate"] > 0.1, 0.0)
    declared = finding("rates", "s", "o", at={"rate": 0.1}, converged=0.05)
    assert declared(over(9.0, rate=0.1), id="m").claim(data).verdict == "fails"


def test_an_inner_axis_of_the_conditions_may_be_absent_from_what_says_how_far_training_moved():
    data = rates(0.1, loss_change=0.2)
    data["rates"]["count"] = data["rates"]["count"].expand_dims(control=["none", "permuted"])
    where = {"rate": 0.1, "control": "none"}
    fails = finding("rates", "s", "o", at=where, converged=0.05)(over(9.0, **where), id="m")
    assert fails.claim(data).reason.startswith("undertrained: ")


def test_means_over_seeds_are_listed_by_the_other_axis():
    assert listed(rates(0.1, 0.25)["rates"]["count"]) == "0.1 0.10, 0.25 0.25"
    assert listed(rates(0.125)["rates"]["count"], 3) == "0.125 0.125"


def test_values_along_another_dim_than_the_seeds_are_refused():
    wrong = finding("rates", "s", "o")(over(0.0), id="m")
    with pytest.raises(TypeError, match="only dim of a claim's values is seed"):
        wrong.claim(rates(0.1, 0.3))


def test_findings_are_collected_in_their_order_and_families_with_them():
    rungs = [finding(None, "s", "o")(more_at_high, id=f"rung_{i}") for i in range(2)]
    found = collect(module(m1=M1, rungs=rungs, again=M1))
    assert [f.id for f in found] == ["m1", "rung_0", "rung_1"]


def test_two_findings_of_one_id_are_told():
    other = finding(None, "s", "o")(more_at_high, id="m1")
    with pytest.raises(TegumError, match="m1: two findings of one id"):
        collect(module(m1=M1, other=other))


def test_a_claim_is_plain_json():
    for claim in (compared(np.nan), measured([np.nan] * 9, 0.0), measured([1.0] * 5, 0.5)):
        assert Claim.model_validate_json(claim.model_dump_json()) == claim
