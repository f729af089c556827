"""How measured Datasets of the study are read: the best restart, the pairs of sets, solutions."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

REPRESENTED = 0.5
"""Norm above which a feature is represented, as in the params."""
COLLAPSED = 0.95
"""Cosine of a pair above which it counts as collapsed."""


def best_restart(ds: xr.Dataset, along: str = "seed") -> xr.Dataset:
    """Of every cell the restart with the least final loss."""
    final = ds.isel(checkpoint=-1)
    return final.isel({along: final["evaluation_loss"].argmin(along)})


def pairs(ds: xr.Dataset, set_size: int) -> tuple[Mask, Mask]:
    """Masks (feature, feature_other) of the pairs i < j within a set and between sets."""
    n = ds.sizes["feature"]
    upper = np.triu(np.ones((n, n), bool), 1)
    same = np.arange(n)[:, None] // set_size == np.arange(n) // set_size
    return upper & same, upper & ~same


def collapsed(ds: xr.Dataset) -> xr.DataArray:
    """Number of collapsed pairs of each seed's best restart, (seed, feature_probability)."""
    cos = best_restart(ds, "restart")["cosine"]
    inner = xr.DataArray(pairs(ds, 2)[0], dims=("feature", "feature_other"))
    count = ((cos > COLLAPSED) & inner).sum(("feature", "feature_other"))
    return count.transpose("seed", "feature_probability")


@dataclass(frozen=True)
class Solution:
    """What is published of the identity by hidden neurons at a range of feature probabilities."""

    id: str
    """That of its finding."""
    low: float
    high: float
    mono: int
    """Monosemantic neurons; the others are polysemantic."""
    shared: int
    """Features that only polysemantic neurons carry."""
    pairs: bool = False
    """Whether each of them is carried by another pair of neurons."""

    def inside(self, ds: xr.Dataset) -> xr.DataArray:
        """Which feature probabilities are in its range."""
        p = ds["feature_probability"]
        return (p >= self.low) & (p <= self.high)

    def matches(self, ds: xr.Dataset) -> xr.DataArray:
        """Whether a model is this solution."""
        same = (ds["n_mono"] == self.mono) & (ds["n_shared"] == self.shared)
        same &= ds["n_mono"] + ds["n_poly"] == ds.sizes["hidden"]
        return (same & (ds["distinct_pairs"] >= self.pairs)).astype(float)


SOLUTIONS = (
    Solution("t28_dense", 0.5, 1.0, 5, 0),
    Solution("t28_mixed", 0.2, 0.5, 3, 3),
    Solution("t28_few", 0.15, 0.15, 2, 5),
    Solution("t28_one", 0.12, 0.12, 1, 6),
    Solution("t28_sparse", 0.05, 0.08, 0, 8),
    Solution("t28_pairs", 0.04, 0.04, 0, 10, pairs=True),
)
