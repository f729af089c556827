"""What claims share: comparisons under controls and along axes, places on a grid, and layouts."""

import numpy as np
import pytest
import xarray as xr

from tegum.controls import activations, inputs
from tegum.controls.ladder import DECODED, TOKENS, changed_tokens, decoded_again
from tegum.data.layouts import along
from tegum.figures.series import known_lines, named, shares
from tegum.labels import MissingError
from tegum.ledger.claims import above
from tegum.ledger.comparisons import less_than_under, lies_between, sides
from tegum.ledger.findings import untestable
from tegum.metrics.crossings import first_negative
from tegum.metrics.layer_capacity import return_spread
from tegum.metrics.phases import held_from

SEEDS = np.linspace(-0.1, 0.1, 5)


def under(**levels):
    values = [level + SEEDS for level in levels.values()]
    return xr.DataArray(values, coords={"control": list(levels)}, dims=("control", "seed"))


def test_a_level_between_two_others_holds_by_its_distance_to_the_nearer():
    values = under(none=1.0, spectrum=1.4, permuted=3.5, untrained=3.0)
    found = lies_between(
        values, ("none", "untrained"), "spectrum", ("permuted weights", "permuted"), "why"
    )
    assert (found.verdict, found.control, found.reason) == ("holds", "permuted weights", "why")
    assert found.estimate == pytest.approx(0.4)
    assert found.control_estimate == pytest.approx(-0.5)
    assert found.control_verdict == "fails"


def test_less_than_under_counts_the_nearest_control():
    values = under(none=1.0, far=3.0, near=1.5)
    found = less_than_under(values, ("far", "near"), "why")
    assert found.estimate == pytest.approx(0.5) and found.verdict == "holds"
    assert found.control_estimate == pytest.approx(0.0)
    assert less_than_under(values - 2 * values.sel(control="near"), ("far",), "").verdict == "holds"
    assert less_than_under(-values, ("near",), "").verdict == "fails"


def test_a_claim_is_about_one_place_of_an_axis_and_its_control_about_another():
    found = above(2.0, **sides(under(none=1.0, untrained=4.0), "control", "none", "untrained", "x"))
    assert (found.estimate, found.control_estimate) == pytest.approx((1.0, 4.0))
    assert (found.verdict, found.control_verdict, found.control) == ("fails", "holds", "x")
    with pytest.raises(MissingError, match="control = gone"):
        sides(under(none=1.0), "control", "none", "gone", "")


def test_a_finding_that_no_sweep_can_test_says_what_would():
    found = untestable("far", "It holds elsewhere.", "someone", "needs a larger model").claim({})
    assert (found.id, found.verdict) == ("far", "inconclusive")
    assert found.reason == "needs a larger model" and found.estimate is None


@pytest.mark.parametrize(
    ("values", "place"),
    [([1, 1, 1], 9.0), ([-1, 1, 1], 0.0), ([3, 1, -1], 1.5), ([1, -3, 1], 0.25)],
)
def test_values_first_turn_negative_on_the_line_between_neighbours(values, place):
    assert first_negative([0.0, 1.0, 2.0], values, never=9.0) == pytest.approx(place)


def test_what_holds_from_a_place_on_holds_at_all_larger_ones():
    holds = xr.DataArray(
        [[True, False, True], [False, False, False], [True, True, True]],
        coords={"strength": [3.0, 1.0, 2.0]},
        dims=("seed", "strength"),
    )
    np.testing.assert_array_equal(held_from(holds, "strength"), [2.0, np.nan, 1.0])


def test_returns_of_one_level_have_no_spread():
    returns = np.array([[2.0, 2.0, 9.0], [1.0, 3.0, 9.0], [1.0, 1.0, 1.0]])
    some = np.array([[True, True, False], [True, True, False], [False] * 3])
    with pytest.warns(RuntimeWarning):
        np.testing.assert_allclose(return_spread(returns, some), [0.0, 0.5, np.nan])


def test_layouts_get_outer_dims_and_lose_one_of_their_own():
    layout = {"gain": (("reader", "feature"), "float32", "gain"), "r2": ((), "float32")}
    found = along(layout, "...", "control", without="feature")
    assert found["gain"] == (("...", "control", "reader"), "float32", "gain")
    assert found["r2"] == (("...", "control"), "float32")


@pytest.mark.parametrize("control", TOKENS)
def test_each_control_on_tokens_changes_the_law_that_it_says(control):
    words = np.random.default_rng(0).choice(6, p=[0.4, 0.3, 0.1, 0.1, 0.05, 0.05], size=(40, 50))
    found = changed_tokens(control, words, 6, 3)
    assert found.shape == words.shape and (found != words).any()
    counts = np.bincount(found.ravel(), minlength=6) / found.size
    if control == "uniform":
        np.testing.assert_allclose(counts, 1 / 6, atol=0.03)
    else:
        expected = {"unigram": inputs.shuffle_tokens, "markov": inputs.markov_tokens}[control]
        np.testing.assert_array_equal(found, expected(words, 3))


@pytest.mark.parametrize("control", DECODED)
def test_codes_are_decoded_again_with_known_directions(control):
    rng = np.random.default_rng(0)
    codes = [np.maximum(rng.normal(size=(30, 4)), 0) for _ in range(2)]
    decoder, bias = rng.normal(size=(4, 3)), rng.normal(size=3)
    made, truth = decoded_again(control, codes, decoder, bias, 5)
    if control == "random_decoder":
        np.testing.assert_array_equal(truth, activations.random_directions(decoder, 5))
        for found, own in zip(made, codes, strict=True):
            np.testing.assert_allclose(found, own @ truth + bias)
        return
    np.testing.assert_array_equal(truth, decoder)
    for found, own in zip(made, codes, strict=True):
        np.testing.assert_allclose(found.mean(0), (own @ decoder + bias).mean(0))
        assert not np.allclose(found, own @ decoder + bias)


def test_tables_of_figures_hold_shares_names_and_known_lines():
    groups = {"used": xr.DataArray(["M", "M", "D", "I"]), "unused": xr.DataArray(["D", "D"])}
    table = shares(groups, {"M": "MODEL", "D": "DATA"}, "role", "verdict")
    np.testing.assert_array_equal(table["share"], [[0.5, 0.25], [0.0, 1.0]])
    assert table["class"].values.tolist() == ["MODEL", "DATA"]
    short = named(
        under(none=1.0, spectrum=2.0).to_dataset(name="fvu"), "control", {"spectrum": "s"}
    )
    assert short["control"].values.tolist() == ["s"] and float(short["fvu"].mean()) == 2.0
    lines = known_lines("x", np.array([1.0, 2.0]), {"law": np.array([3.0, 4.0])}, "law")
    np.testing.assert_array_equal(lines["value"].sel(line="law", x=2.0), 4.0)
