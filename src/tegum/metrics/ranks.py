"""Rank correlations of labelled arrays, beside those of permuted ranks."""

import numpy as np
import xarray as xr

from tegum.labels import along
from tegum.statistics import rank_correlation


def ranked_by_place(values: xr.DataArray, axis: str) -> tuple[list[float], list[float]]:
    """Spearman's coefficient of values (seed, axis) with falling ranks 0, -1, ... along the axis.

    Where a value is NaN the place is left out. The second list has the ranks permuted, from one
    stream for all seeds.
    """
    rng = np.random.default_rng(0)
    found, permuted = [], []
    for one in along(values, "seed"):
        kept = one.dropna(axis).values
        ranks = -np.arange(kept.size)
        found.append(rank_correlation(ranks, kept))
        permuted.append(rank_correlation(rng.permutation(ranks), kept))
    return found, permuted
