"""Capacities of random matrices and of matrices that are built to be efficient."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import MeasureInvariants
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory.packing import harmonic_frame, mixed_frames


def by_cell(sweep: SweepView[MeasureInvariants], rows: Rows) -> xr.Dataset:
    """Least and largest capacities, their sum and the rank; `rows` is empty."""
    capacity, rank = [], []
    for cell in sweep.cells:
        n, width = cell.params.n_features, cell.params.width
        rng = np.random.default_rng(cell.stream("init"))
        random = rng.normal(size=(n, width)) * rng.lognormal(size=(n, 1))
        rotation = np.linalg.qr(rng.normal(size=(width, width)))[0]
        made = [random, harmonic_frame(n, width) @ rotation, mixed_frames(n, width) @ rotation]
        found = [capacities(w) for w in made]
        capacity.append([(c.min(), c.max(), c.sum()) for c in found])
        rank.append([np.linalg.matrix_rank(w) for w in made])
    least, largest, total = np.moveaxis(np.array(capacity), -1, 0)
    return SCHEMAS["measure/invariants"].dataset(
        {"capacity_min": least, "capacity_max": largest, "capacity_sum": total, "rank": rank},
        {"construction": ["random", "tight frame", "orthogonal blocks"]},
    )
