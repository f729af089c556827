"""How probable Boolean functions are under random parameters, beside how complex they are."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.complexity import complexity
from tegum.metrics.simplicity_bias import bound, distance_from_uniform, limit
from tegum.statistics import rank_correlation
from tegum.studies.simplicity.params import Functions
from tegum.studies.simplicity.schema import SCHEMAS
from tegum.synthetic.functions import counted, counts_of, drawn, juntas, parities

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


def by_cell(sweep: SweepView[Functions], rows: Rows) -> xr.Dataset:
    """What the draws of each cell say: (cell,), and its most frequent functions."""
    references: dict[tuple, tuple[np.ndarray, np.ndarray]] = {}
    found = []
    for cell in sweep.cells:
        key = (cell.params.n_bits, cell.params.simple)
        if key not in references:
            references[key] = _simple(*key)
        found.append(_measured(cell, *references[key]))
    return SCHEMAS["measure/functions"].dataset({k: [f[k] for f in found] for k in found[0]})


def _simple(n_bits: int, most: float) -> tuple[np.ndarray, np.ndarray]:
    """Simple functions that are not constant, listed without any model, and their complexity."""
    listed = np.unique(np.concatenate([juntas(n_bits, READ), parities(n_bits)]), axis=0)
    each = complexity(listed)
    kept = (each <= most) & (listed != listed[:, :1]).any(1)
    return listed[kept], each[kept]


def _measured(cell: Cell[Functions], simple: np.ndarray, plain: np.ndarray) -> dict:
    p, length = cell.params, 2**cell.params.n_bits
    drew = drawn(
        p.architecture,
        p.functions,
        cell.stream("init"),
        n_bits=p.n_bits,
        width=p.width,
        weight_scale=p.weight_scale,
        bias_scale=p.bias_scale,
    )
    functions, counts = counted(drew)
    each, prob = complexity(functions), counts / p.functions
    rng = np.random.default_rng(cell.stream("control"))
    random = complexity(rng.random((RANDOM, length)) < 0.5)
    varies = (functions != functions[:, :1]).any(1)
    often = counts >= p.frequent
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
    least = np.log2(UNSEEN / p.functions)
    allowed = limit(found, plain)
    drew_simple = counts_of(simple, functions, counts) / p.functions
    judged = allowed >= least + p.far
    far = allowed - np.log2(np.maximum(drew_simple, UNSEEN / p.functions)) >= p.far
    these = mixed & (limit(found, each) >= least + p.far)
    top = np.full((2, p.ranks), np.nan)
    many = min(p.ranks, len(prob))
    top[:, :many] = prob[:many], each[:many]
    return found | {
        "bound_gap": _mean(gap, counts, mixed),
        "span": np.ptp(log_p[often]) if often.any() else np.nan,
        "n_judged": judged.sum(),
        "simple_far": far[judged].mean() if judged.any() else np.nan,
        "drawn_far": (gap[these] >= p.far).mean() if these.any() else np.nan,
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
