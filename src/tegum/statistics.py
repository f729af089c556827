"""Intervals, permutation tests, effect sizes and corrections for several tests.

Every function takes plain arrays and refuses what it cannot judge (too few values, NaN) with a
`TegumError`. SciPy is imported only where it is called, so that importing this module stays cheap.
"""

import warnings
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

Alternative = Literal["greater", "less", "two-sided"]


class Interval(NamedTuple):
    """An estimate with the ends of its interval."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[..., Any] = np.mean,
    *,
    n_resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Any, Any]:
    """Percentile bootstrap interval of a statistic over the last axis.

    Shapes: `values` (sample,) gives two floats; (..., sample) gives two arrays (...), all of them
    from the same resamples. A statistic that takes `axis` is vectorised. The same arguments give
    the same interval. Source: Efron and Tibshirani 1993, section 13.3.

    Raises `TegumError` for fewer than two values, NaN or infinity.
    """
    array = _finite(values, "bootstrap_interval", least=2)
    if not 0.0 < confidence < 1.0:
        raise TegumError(f"confidence is {confidence}; give a number between 0 and 1, such as 0.95")
    from scipy.stats import bootstrap

    result = bootstrap(
        (array,),
        statistic,
        n_resamples=n_resamples,
        batch=max(1, 2_000_000 // array.size),
        axis=-1,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    low, high = result.confidence_interval
    return (float(low), float(high)) if array.ndim == 1 else (low, high)


def permutation_p_value(
    observed: float, null: ArrayLike, alternative: Alternative = "greater"
) -> float:
    """(1 + number of null statistics at least as extreme) / (1 + number of null statistics).

    Shapes: `null` (permutation,), each the statistic after one random relabelling. The observed
    labelling counts as one of the relabellings, so that the value is never 0 (Phipson and Smyth
    2010). `two-sided` compares absolute values: centre the statistic on its null value first.
    """
    draws = _finite(null, "permutation_p_value", least=1).ravel()
    if not np.isfinite(observed):
        raise TegumError(f"the observed statistic is {observed}; a permutation test needs a number")
    match alternative:
        case "greater":
            extreme = draws >= observed
        case "less":
            extreme = draws <= observed
        case "two-sided":
            extreme = np.abs(draws) >= abs(observed)
        case _:
            raise TegumError(
                f"alternative {alternative!r} is not known; use 'greater', 'less' or 'two-sided'"
            )
    return float((1 + np.count_nonzero(extreme)) / (1 + draws.size))


def ratio_power(null: ArrayLike, ratio: float, alpha: float) -> float:
    """Power of `permutation_p_value` <= alpha where the statistic is `ratio` times the null's mean.

    Shapes: `null` (draw,). The test has as many draws, of the same law, so that the number of them
    that reach the statistic is binomial. A wide null has no power for a small ratio, however many
    are drawn: of |x| of a single Gaussian, 5 % exceed 2.46 times the mean.
    """
    from scipy.stats import binom

    draws = _finite(null, "ratio_power", least=2).ravel()
    reached = float((draws >= ratio * draws.mean()).mean())
    return float(binom.cdf(np.floor(alpha * (1 + draws.size) + 1e-9) - 1, draws.size, reached))


def cohen_dz(differences: ArrayLike) -> float:
    """Paired effect size: mean of the differences over their standard deviation (n − 1).

    Shapes: `differences` (pair,). Equal differences give ±inf, or 0 if all are zero.
    Source: Cohen 1988, section 2.3.5.
    """
    array = _finite(differences, "cohen_dz", least=2).ravel()
    mean = float(array.mean())
    if np.ptp(array) == 0.0:
        return 0.0 if mean == 0.0 else float(np.copysign(np.inf, mean))
    return mean / float(array.std(ddof=1))


def rank_correlation(first: ArrayLike, second: ArrayLike) -> float:
    """Spearman's coefficient of paired values, (pair,) each; NaN where one of them is constant."""
    from scipy.stats import ConstantInputWarning, spearmanr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        return float(np.asarray(spearmanr(first, second))[0])


def censored_median(values: ArrayLike, horizon: float) -> float:
    """Kaplan-Meier median of times, of which NaN are only known to be longer than `horizon`.

    Infinite where more than half of them are. Source: Kaplan and Meier 1958.
    """
    from scipy.stats import CensoredData, ecdf

    times = np.asarray(values, float).ravel()
    seen = times[np.isfinite(times)]
    if not seen.size:
        return np.inf
    survival = ecdf(CensoredData(seen, right=np.full(times.size - seen.size, horizon))).sf
    below = np.flatnonzero(survival.probabilities <= 0.5)
    return float(survival.quantiles[below[0]]) if below.size else np.inf


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Holm's adjusted p-values (family-wise error rate), in the order given. Source: Holm 1979."""
    p = _probabilities(p_values, "holm")
    order = np.argsort(p, kind="stable")
    scaled = p[order] * np.arange(p.size, 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values for the false discovery rate. Source: Benjamini and Hochberg 1995."""
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(_probabilities(p_values, "benjamini_hochberg")))


def _finite(values: ArrayLike, name: str, *, least: int) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    count = array.shape[-1] if array.ndim else 0
    if count < least:
        raise TegumError(
            f"{name} needs at least {least} values and got {count}; add seeds or cells"
        )
    bad = array.size - int(np.count_nonzero(np.isfinite(array)))
    if bad:
        raise TegumError(
            f"{name}: {bad} of {array.size} values are NaN or infinite; select the valid ones first"
        )
    return array


def _probabilities(values: ArrayLike, name: str) -> NDArray[np.float64]:
    array = _finite(values, name, least=1).ravel()
    if array.min() < 0.0 or array.max() > 1.0:
        raise TegumError(
            f"{name}: p-values lie between 0 and 1, found {array.min():g} to {array.max():g}"
        )
    return array
