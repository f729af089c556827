"""What Elhage et al. 2022, "Toy Models of Superposition", publish of small models, as numbers.

`SOLUTIONS`: the identity by hidden ReLU neurons, 10 features and 5 neurons, best of many models:
how many neurons are monosemantic, and how many features the others carry, by feature probability.
`BANDS`: how many of three correlated pairs in two dimensions are collapsed, by density.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.labels import MissingError

Array = NDArray[np.float64]

BANDS = ((0.0, 0.05, 0, 0), (0.05, 0.15, 1, 1), (0.15, 0.2, 2, 2), (0.25, 1.01, 3, 3))
"""Densities from, to, and the least and largest number of collapsed pairs. The last band joins
'more' than two of three and 'like principal components'."""


def share_in_bands(counts: Array, densities: Array) -> Array:
    """Share of the densities in a band at which the count is the published one: (seed, density) to
    (seed,).

    Raises:
        MissingError: where no density is in a band.
    """
    agrees = [
        (low <= count) & (count <= high)
        for density, count in zip(densities, counts.T, strict=True)
        for start, stop, low, high in BANDS
        if start <= density < stop
    ]
    if not agrees:
        raise MissingError("feature_probability has no value in a published band")
    return np.mean(agrees, axis=0)


@dataclass(frozen=True)
class Solution:
    """The published solution at a range of feature probabilities."""

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

    @property
    def statement(self) -> str:
        """In words."""
        how = ", each by another pair" * self.pairs
        return (
            "Identity by hidden ReLU neurons, n = 10, m = 5, best of many restarts, feature "
            f"probability {self.low:g} to {self.high:g}: {self.mono} monosemantic neurons, and "
            f"{self.shared} features carried by the other {5 - self.mono}{how}."
        )

    def inside(self, ds: xr.Dataset) -> xr.DataArray:
        """Which feature probabilities are in its range."""
        p = ds["feature_probability"]
        return (p >= self.low) & (p <= self.high)

    def matches(self, ds: xr.Dataset) -> xr.DataArray:
        """1 where a model is this solution, else 0; from its `n_mono`, `n_poly`, `n_shared` and
        `distinct_pairs`, and the size of its dim `hidden`."""
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


def published(ds: xr.Dataset, name: str) -> xr.DataArray:
    """What is published of `n_mono` or `n_represented` at a Dataset's feature probabilities; NaN at
    the others, with the dims and labels of its variable."""
    found = ds[name] * np.nan
    for s in SOLUTIONS:
        count = {"n_mono": s.mono, "n_represented": s.mono + s.shared}[name]
        found = found.where(~s.inside(ds), count)
    return found
