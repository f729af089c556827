"""Capacities of random matrices and of matrices that are built to be efficient."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import MeasureInvariants
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory.packing import harmonic_frame

CONSTRUCTIONS = ("random", "tight frame", "orthogonal blocks")


def by_cell(sweep: SweepView[MeasureInvariants], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Least and largest capacities, their sum and the rank; `rows` is empty."""
    capacity, rank = [], []
    for cell in sweep.cells:
        n, width = cell.params.n_features, cell.params.width
        rng = np.random.default_rng(cell.stream("init"))
        made = [rng.normal(size=(n, width)) * rng.lognormal(size=(n, 1))]
        rotation = np.linalg.qr(rng.normal(size=(width, width)))[0]
        made.append(np.asarray(harmonic_frame(n, width)) @ rotation)
        made.append(_blocks(n, width) @ rotation)
        found = [capacities(w) for w in made]
        capacity.append([(c.min(), c.max(), c.sum()) for c in found])
        rank.append([np.linalg.matrix_rank(w) for w in made])
    least, largest, total = np.moveaxis(np.array(capacity), -1, 0)
    return SCHEMAS["measure/invariants"].dataset(
        {"capacity_min": least, "capacity_max": largest, "capacity_sum": total, "rank": rank},
        {"construction": list(CONSTRUCTIONS)},
    )


def _blocks(n: int, width: int) -> np.ndarray:
    """A dedicated feature and two tight frames of different eigenvalue on orthogonal subspaces."""
    first = (width - 1) // 2
    sizes = [(1, 1), ((n - 1) // 2, first), (n - 1 - (n - 1) // 2, width - 1 - first)]
    whole = np.zeros((n, width))
    row, column = 0, 0
    for scale, (features, dims) in zip((1.5, 1.0, 0.6), sizes, strict=True):
        frame = np.eye(1) if features == 1 else np.asarray(harmonic_frame(features, dims))
        whole[row : row + features, column : column + dims] = scale * frame
        row, column = row + features, column + dims
    return whole
