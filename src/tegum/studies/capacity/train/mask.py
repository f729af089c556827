"""Masking: the least useful feature is removed from inputs and target, again and again."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Mask
from tegum.studies.capacity.quadratics import Started
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory


def run(
    cells: Sequence[Cell[Mask]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Embeddings after training and after each removal (cell, round, feature, hidden)."""
    models = Started(cells, context)
    value, kurtosis = models.value, models.kurtosis
    there = np.ones_like(value, dtype=bool)
    for number in range(1, cells[0].params.rounds + 1):
        capacity = capacities(models.phases.weights())
        benefit = theory.feature_loss(0.0, value, kurtosis)
        drawn = [np.random.default_rng([c.stream("control"), number]) for c in models.cells]
        rankings = {
            "marginal_return": theory.marginal_return(capacity, value, kurtosis),
            "benefit": benefit - theory.feature_loss(capacity, value, kurtosis),
            "random": np.stack([rng.random(value.shape[1]) for rng in drawn]),
        }
        score = np.stack([rankings[c.params.ranking][i] for i, c in enumerate(models.cells)])
        least = np.where(there, score, np.inf).argmin(1)
        there[np.arange(len(there)), least] = False
        models.phases.model.remove(least)
        models.phases.round(np.zeros_like(value), 1, least)
    return SCHEMAS["train/mask"].dataset(models.rows | models.phases.rounds())
