"""Statistics against enumeration, closed forms and other implementations."""

from itertools import permutations, product

import numpy as np
import pytest
from scipy import stats

from tegum.errors import TegumError
from tegum.statistics import (
    benjamini_hochberg,
    bootstrap_interval,
    cohen_dz,
    holm,
    permutation_p_value,
    rank_correlation,
    ratio_power,
)

VALUES = np.array([0.1, 0.9, 0.4, 0.75, 0.2])


def test_bootstrap_interval_agrees_with_the_enumeration_of_all_resamples():
    means = np.sort([np.mean(resample) for resample in product(VALUES, repeat=VALUES.size)])
    low, high = bootstrap_interval(VALUES, seed=3)
    # 10,000 draws put the sampled quantile within about ±0.5 % of rank: compare ranks, not values.
    assert np.searchsorted(means, low, "left") / means.size <= 0.03
    assert np.searchsorted(means, low, "right") / means.size >= 0.02
    assert np.searchsorted(means, high, "left") / means.size <= 0.98
    assert np.searchsorted(means, high, "right") / means.size >= 0.97


def test_bootstrap_interval_of_a_large_sample_is_the_normal_one():
    sample = np.random.default_rng(0).normal(2.0, 3.0, 4000)
    half = 1.96 * sample.std() / np.sqrt(sample.size)
    low, high = bootstrap_interval(sample, n_resamples=4000, seed=1)
    assert low == pytest.approx(sample.mean() - half, abs=0.1 * half)
    assert high == pytest.approx(sample.mean() + half, abs=0.1 * half)


def test_bootstrap_interval_is_deterministic_and_follows_the_seed():
    assert bootstrap_interval(VALUES, seed=1) == bootstrap_interval(VALUES, seed=1)
    sample = np.random.default_rng(0).normal(size=40)
    assert bootstrap_interval(sample, seed=1) != bootstrap_interval(sample, seed=2)


def test_bootstrap_interval_of_rows_contains_each_mean_and_keeps_the_shape():
    rows = np.random.default_rng(5).normal(size=(3, 4, 12))
    low, high = bootstrap_interval(rows, n_resamples=500, seed=0)
    assert low.shape == high.shape == (3, 4)
    assert np.all((low < rows.mean(-1)) & (rows.mean(-1) < high))


def test_bootstrap_interval_of_equal_values_is_a_point():
    assert bootstrap_interval([0.3] * 5, seed=0) == pytest.approx((0.3, 0.3))


def test_bootstrap_interval_takes_any_statistic():
    low, high = bootstrap_interval(np.arange(101.0), np.median, n_resamples=2000, seed=0)
    assert low < 50.0 < high


def test_permutation_p_value_agrees_with_full_enumeration():
    treated, pooled = 2, np.array([3.0, 2.5, 0.0, 0.5, 1.0])
    observed = pooled[:treated].mean() - pooled[treated:].mean()
    null = [
        np.mean(order[:treated]) - np.mean(order[treated:])
        for order in permutations(pooled.tolist())
    ]
    # One of the ten splits is as extreme as the observed one: 12 of the 120 orders.
    assert permutation_p_value(observed, null) == pytest.approx(13 / 121)


def test_permutation_p_value_is_never_zero():
    assert permutation_p_value(10.0, np.zeros(99)) == pytest.approx(0.01)


def test_permutation_p_value_has_three_alternatives():
    null = np.array([-2.0, -1.0, 0.0, 1.0])
    assert permutation_p_value(1.5, null, "greater") == pytest.approx(1 / 5)
    assert permutation_p_value(-1.5, null, "less") == pytest.approx(2 / 5)
    assert permutation_p_value(1.0, null, "two-sided") == pytest.approx(4 / 5)
    with pytest.raises(TegumError, match="two-sided"):
        permutation_p_value(1.0, null, "both")  # pyright: ignore[reportArgumentType]


def test_cohen_dz_is_the_paired_t_statistic_over_root_n():
    first = np.array([1.0, 2.0, 4.0, 3.5])
    second = np.array([0.5, 2.5, 2.0, 3.0])
    t = stats.ttest_rel(first, second).statistic
    assert cohen_dz(first - second) == pytest.approx(t / np.sqrt(4))


def test_cohen_dz_of_equal_differences():
    assert cohen_dz([0.0, 0.0]) == 0.0
    assert cohen_dz([-1.0, -1.0]) == -np.inf


def test_holm_rejects_as_the_step_down_procedure_does():
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.2])
    for level in (0.01, 0.04, 0.05, 0.1, 0.13):
        rejected = np.zeros(p.size, bool)
        for rank, index in enumerate(np.argsort(p)):
            if p[index] > level / (p.size - rank):
                break
            rejected[index] = True
        np.testing.assert_array_equal(holm(p) <= level, rejected)


def test_benjamini_hochberg_rejects_as_the_step_up_procedure_does():
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.2])
    for level in (0.01, 0.03, 0.05, 0.1, 0.3):
        ordered = np.sort(p)
        passing = np.flatnonzero(ordered <= level * np.arange(1, p.size + 1) / p.size)
        cut = ordered[passing[-1]] if passing.size else -1.0
        np.testing.assert_array_equal(benjamini_hochberg(p) <= level, p <= cut)


@pytest.mark.parametrize(
    "call",
    [
        lambda: bootstrap_interval([1.0], seed=0),
        lambda: bootstrap_interval([1.0, np.nan], seed=0),
        lambda: bootstrap_interval([1.0, 2.0], confidence=95, seed=0),
        lambda: permutation_p_value(0.0, []),
        lambda: permutation_p_value(np.nan, [1.0]),
        lambda: cohen_dz([1.0]),
        lambda: holm([0.5, 1.5]),
        lambda: benjamini_hochberg([np.nan]),
    ],
)
def test_what_cannot_be_judged_is_refused_with_a_message(call):
    with pytest.raises(TegumError):
        call()


def test_the_power_at_a_ratio_is_that_of_the_nulls_law():
    """A half-normal null exceeds 2.46 times its mean in 5 % of draws; the power turns there."""
    null = np.abs(np.random.default_rng(0).standard_normal(4999))
    assert ratio_power(null, 2.3, 0.05) < 0.1 < 0.9 < ratio_power(null, 2.6, 0.05)
    tight = 1 + 0.1 * np.random.default_rng(1).standard_normal(99)
    assert ratio_power(tight, 2.0, 0.05) == 1.0
    assert ratio_power(tight[:10], 2.0, 0.05) == 0.0


def test_the_power_at_a_ratio_is_how_often_the_test_finds_it():
    rng = np.random.default_rng(2)
    null = rng.exponential(size=39) ** 0.5
    again = rng.choice(null, (4000, 39))
    p = [permutation_p_value(1.7 * null.mean(), draws) for draws in again]
    expected = np.mean(np.array(p) <= 0.05)
    assert 0.1 < expected < 0.9
    assert ratio_power(null, 1.7, 0.05) == pytest.approx(expected, abs=0.03)


def test_a_rank_correlation_is_that_of_ranks_and_undefined_without_any():
    first, ranks = np.array([3.0, 1.0, 4.0, 1.0, 9.0]), [3.0, 1.5, 4.0, 1.5, 5.0]
    expected = np.corrcoef(ranks, [2.0, 5.0, 1.0, 3.0, 4.0])[0, 1]
    assert rank_correlation(first, [0.2, 0.7, 0.1, 0.3, 0.6]) == pytest.approx(expected)
    assert np.isnan(rank_correlation(first, np.ones(5)))
