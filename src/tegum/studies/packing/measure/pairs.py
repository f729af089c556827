"""Ordered orthogonal pairs of a tegum product and of n/d rotated bases, counted one by one."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.studies.packing.params import Pairs
from tegum.studies.packing.schema import SCHEMAS
from tegum.theory import packing as metric


def by_cell(sweep: SweepView[Pairs], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Both counts; NaN where n, d and k do not divide each other. `rows` is empty."""
    tegum, sets = [], []
    for cell in sweep.cells:
        n, d, k = cell.params.n_features, cell.params.n_inputs, cell.params.k
        rng = np.random.default_rng(cell.stream("data"))
        whole = n % k == 0 and d % k == 0 and d > k
        # Random vectors of one factor are never orthogonal, so that only the product counts.
        factors = [metric.random_vectors(n // k, d // k, rng) for _ in range(k)] if whole else []
        count = metric.orthogonal_pairs(metric.tegum_product(factors)) if whole else np.nan
        bases = metric.rotated_bases(n, d, rng) if n % d == 0 else None
        tegum.append(count)
        sets.append(np.nan if bases is None else metric.orthogonal_pairs(bases))
    return SCHEMAS["measure/pairs"].dataset({"pairs_tegum": tegum, "pairs_sets": sets})
