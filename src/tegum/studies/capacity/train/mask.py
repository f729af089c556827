"""Masking: the least useful feature is removed from inputs and target, again and again."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Mask
from tegum.studies.capacity.problems import problems
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory
from tegum.training.phases import Phases


def run(cells: Sequence[Cell[Mask]], rows: Rows, context: Context) -> xr.Dataset:
    """Embeddings after training and after each removal (cell, round, feature, hidden)."""
    models = Phases(cells, context, *problems(cells))
    value, kurtosis = models.values, models.kurtosis
    there = np.ones_like(value, dtype=bool)
    for number in range(1, cells[0].params.rounds + 1):
        capacity = capacities(models.weights())
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
        models.model.remove(least)
        models.round(np.zeros_like(value), 1, least)
    return SCHEMAS["train/mask"].dataset(models.rounds())
