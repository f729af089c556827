"""Verdicts follow from estimates, intervals and thresholds, and from nothing else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tegum.errors import TegumError
from tegum.ledger.claims import Claim, exact, statistical, untested
from tegum.ledger.findings import judged, lacking, telling
from tegum.ledger.report import claims_table, tally

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


def test_the_same_values_give_the_same_interval():
    values = list(np.linspace(0, 1, 7))
    assert measured(values, 0.2) == measured(values, 0.2)


def test_a_claim_that_is_not_tested_says_what_would():
    claim = untested("m3", "It scales", "Figure 4", reason="width 512 would test it")
    assert (claim.verdict, claim.estimate, claim.n) == ("inconclusive", None, 0)


def test_findings_without_a_claim_become_untested():
    expected = {"m2": ("It is zero", "derived"), "m9": ("It scales", "Figure 4")}
    assert telling(expected)("m9") == ("m9", "It scales", "Figure 4")
    (claim,) = lacking([compared(0.0)], expected, "width 512 would test it")
    assert claim == untested(*telling(expected)("m9"), reason="width 512 would test it")


def test_claims_are_named_by_their_study_in_the_order_of_its_findings():
    found = judged("walk", "laptop", ("m1", "m2"), [compared(0.0), measured([1.0] * 5, 0.5)])
    assert [c.id for c in found] == ["walk.m1", "walk.m2"]
    assert {c.scale for c in found} == {"laptop"}


@pytest.mark.parametrize(
    ("findings", "named"),
    [(("m2", "m9"), "m9"), ((), "m2"), (("m1",), "m1")],
)
def test_a_finding_without_a_claim_and_a_claim_without_a_finding_are_told(findings, named):
    with pytest.raises(TegumError, match=rf"studies/walk/claims.py: .*{named}.*exactly one claim"):
        judged("walk", "laptop", findings, [compared(0.0)])


def test_two_claims_for_one_finding_are_told():
    with pytest.raises(TegumError, match="m2: every finding"):
        judged("walk", "laptop", ("m2",), [compared(0.0), compared(0.0)])


def test_a_claim_is_plain_json():
    for claim in (compared(np.nan), measured([np.nan] * 9, 0.0), measured([1.0] * 5, 0.5)):
        assert Claim.model_validate_json(claim.model_dump_json()) == claim
