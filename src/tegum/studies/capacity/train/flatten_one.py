"""Flattening one feature after another, as the comments under Scherlis et al. 2022 propose."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import FlattenOne
from tegum.studies.capacity.problems import problems
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory
from tegum.training.phases import Phases

SHARED = (0.05, 0.95)
"""Capacities between which a feature is still to be flattened."""


def run(cells: Sequence[Cell[FlattenOne]], rows: Rows, context: Context) -> xr.Dataset:
    """Embeddings after training and after each round (cell, round, feature, hidden).

    A round lays the penalty of sufficient strength on the shared feature whose marginal return
    falls most steeply, and keeps it there; once none is shared, nothing changes.
    """
    first = cells[0].params
    models = Phases(cells, context, *problems(cells))
    strength = np.zeros_like(models.values)
    enough = theory.envelope_strength(models.values, models.kurtosis)
    for _ in range(first.rounds):
        capacity = capacities(models.weights())
        shared = (capacity > SHARED[0]) & (capacity < SHARED[1])
        slope = theory.return_slope(capacity, models.values, models.kurtosis)
        steepest, any_left = np.where(shared, slope, 0.0).argmin(1), shared.any(1)
        cell = np.flatnonzero(any_left)
        strength[cell, steepest[cell]] = enough[cell, steepest[cell]]
        models.round(strength, first.phase_steps // 2, np.where(any_left, steepest, -1))
    return SCHEMAS["train/flatten_one"].dataset(models.rounds())
