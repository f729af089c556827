"""Flattening one feature after another, as the comments under Scherlis et al. 2022 propose."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import FlattenOne
from tegum.studies.capacity.quadratics import Started
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory

SHARED = (0.05, 0.95)
"""Capacities between which a feature is still to be flattened."""


def run(
    cells: Sequence[Cell[FlattenOne]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Embeddings after training and after each round (cell, round, feature, hidden).

    A round lays the penalty of sufficient strength on the shared feature whose marginal return
    falls most steeply, and keeps it there; once none is shared, nothing changes.
    """
    first = cells[0].params
    models = Started(cells, context)
    strength = np.zeros_like(models.value)
    enough = theory.envelope_strength(models.value, models.kurtosis)
    for _ in range(first.rounds):
        capacity = capacities(models.phases.weights())
        shared = (capacity > SHARED[0]) & (capacity < SHARED[1])
        slope = theory.return_slope(capacity, models.value, models.kurtosis)
        steepest, any_left = np.where(shared, slope, 0.0).argmin(1), shared.any(1)
        cell = np.flatnonzero(any_left)
        strength[cell, steepest[cell]] = enough[cell, steepest[cell]]
        models.phases.round(strength, first.phase_steps // 2, np.where(any_left, steepest, -1))
    return SCHEMAS["train/flatten_one"].dataset(models.rows | models.phases.rounds())
