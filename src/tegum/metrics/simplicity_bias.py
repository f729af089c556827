"""How probable functions are beside how complex they are, and the bound log2 P <= -a K - b.

Source: Dingle, Camargo and Louis 2018 (arXiv 1709.06166). Functions are strings of their values,
(function, input); P is estimated from draws of random parameters, K is Lempel and Ziv's.
"""

from typing import Any, NamedTuple

import numpy as np

from tegum.metrics.complexity import complexity
from tegum.statistics import rank_correlation
from tegum.synthetic.functions import counted, counts_of, juntas, parities

READ = 3
"""Bits that a simple function of the reference reads at most, but for parities."""
SHUFFLED = 2048
"""Draws whose values are shuffled."""
RANDOM = 1024
"""Random strings whose complexity is measured."""
PAIRS = 5
"""Frequent functions that a correlation takes."""
UNSEEN = 3.0
"""Largest expected number of draws, at 95 %, of what was never drawn."""


class Simple(NamedTuple):
    """Functions that are simple and not constant, listed without any model."""

    functions: np.ndarray
    """(function, input)."""
    complexity: np.ndarray
    """(function,), in bits."""


def simple_functions(n_bits: int, most: float) -> Simple:
    """Functions of at most `READ` bits, and parities, of a complexity of at most `most` bits."""
    listed = np.unique(np.concatenate([juntas(n_bits, READ), parities(n_bits)]), axis=0)
    each = complexity(listed)
    kept = (each <= most) & (listed != listed[:, :1]).any(1)
    return Simple(listed[kept], each[kept])


def bound(log_p: np.ndarray, each: np.ndarray, often: np.ndarray, slope: float) -> dict:
    """log2 P <= -a K - b: the slope a = log2(outputs) / largest K, b as the frequent ones allow."""
    found = {"bound_slope": slope, "bound_offset": np.nan, "envelope_slope": np.nan}
    if often.any():
        found["bound_offset"] = -(log_p + slope * each)[often].max()
        levels = np.unique(each[often])
        if len(levels) > 2:
            highest = [log_p[often & (each == level)].max() for level in levels]
            found["envelope_slope"] = -np.polyfit(levels, highest, 1)[0]
    return found


def limit(found: dict, each: np.ndarray) -> np.ndarray:
    """log2 of the largest probability that the bound allows, at most 0."""
    return np.minimum(-found["bound_slope"] * each - found["bound_offset"], 0.0)


def distance_from_uniform(ones: np.ndarray, length: int) -> float:
    """Kolmogorov's distance of numbers of ones from the uniform law on 0, ..., length - 1, times
    the root of how many there are."""
    share = np.searchsorted(np.sort(ones), np.arange(length), side="right") / len(ones)
    law = np.arange(1, length + 1) / length
    return float(np.abs(share - law).max() * len(ones) ** 0.5)


def measured(
    drew: np.ndarray,
    simple: Simple,
    frequent: int,
    far: float,
    ranks: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What draws say of probability and complexity.

    Args:
        drew: functions, in the order in which they were drawn, (draw, input).
        simple: whose share far below the bound is counted.
        frequent: draws from which on the probability of a function counts as measured.
        far: bits below the bound from which on the model hates a function.
        ranks: functions of which P and K are returned, the most frequent first; NaN where fewer
            were drawn.
        rng: what random strings, and values shuffled over inputs, are drawn from.

    Returns:
        Name to value: P and K in bits, their relation, shares; NaN where nothing can be counted.
    """
    n, length = drew.shape
    functions, counts = counted(drew)
    each, prob = complexity(functions), counts / n
    random = complexity(rng.random((RANDOM, length)) < 0.5)
    varies = (functions != functions[:, :1]).any(1)
    often = counts >= frequent
    found = {
        "constant_0": prob[~varies & ~functions[:, 0]].sum(),
        "constant_1": prob[~varies & functions[:, 0]].sum(),
        "next_most": prob[varies].max(initial=0.0),
        "mean_complexity": _mean(each, counts, varies),
        "shuffled_complexity": _shuffled(drew[:SHUFFLED], rng),
        "random_complexity": random.mean(),
        "n_frequent": (often & varies).sum(),
        "law_distance": distance_from_uniform(drew.sum(1), length),
    }
    log_p, mixed = np.log2(prob), often & varies
    other = rng.permutation(each[mixed])
    enough = mixed.sum() >= PAIRS
    found["correlation"] = rank_correlation(log_p[mixed], each[mixed]) if enough else np.nan
    found["shuffled_correlation"] = rank_correlation(log_p[mixed], other) if enough else np.nan
    found |= bound(log_p, each, often, length / random.max())
    gap = limit(found, each) - log_p
    least = np.log2(UNSEEN / n)
    allowed = limit(found, simple.complexity)
    drew_simple = counts_of(simple.functions, functions, counts) / n
    judged = allowed >= least + far
    hated = allowed - np.log2(np.maximum(drew_simple, UNSEEN / n)) >= far
    these = mixed & (limit(found, each) >= least + far)
    top = np.full((2, ranks), np.nan)
    many = min(ranks, len(prob))
    top[:, :many] = prob[:many], each[:many]
    return found | {
        "bound_gap": _mean(gap, counts, mixed),
        "span": np.ptp(log_p[often]) if often.any() else np.nan,
        "n_judged": judged.sum(),
        "simple_far": hated[judged].mean() if judged.any() else np.nan,
        "drawn_far": (gap[these] >= far).mean() if these.any() else np.nan,
        "simple_drawn": (drew_simple > 0).mean(),
        "prob": top[0],
        "complexity": top[1],
    }


def _mean(values: np.ndarray, counts: np.ndarray, where: np.ndarray) -> float:
    """Mean over draws; NaN where there are none."""
    total = counts[where].sum()
    return float((values * counts)[where].sum() / total) if total else np.nan


def _shuffled(draws: np.ndarray, rng: np.random.Generator) -> float:
    """Mean complexity of as many ones at random places, of draws that are not constant."""
    varied = draws[(draws != draws[:, :1]).any(1)]
    return float(complexity(rng.permuted(varied, axis=1)).mean()) if len(varied) else np.nan
