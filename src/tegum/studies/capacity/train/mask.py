"""Masking: the least useful feature is removed from inputs and target, again and again."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import Mask
from tegum.studies.capacity.quadratics import Phases
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory
from tegum.training.plan import padded


def run(
    cells: Sequence[Cell[Mask]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Embeddings after training and after each removal (cell, round, feature, hidden)."""
    models, pad = Phases(cells, context), padded(list(cells))
    value, kurtosis = models.value, models.kurtosis
    there = np.ones_like(value, dtype=bool)
    for number in range(1, cells[0].params.rounds + 1):
        capacity = capacities(models.weights())
        benefit = theory.feature_loss(0.0, value, kurtosis)
        rankings = {
            "marginal_return": theory.marginal_return(capacity, value, kurtosis),
            "benefit": benefit - theory.feature_loss(capacity, value, kurtosis),
            "random": np.stack(
                [
                    np.random.default_rng([c.stream("control"), number]).random(value.shape[1])
                    for c in pad
                ]
            ),
        }
        score = np.stack([rankings[c.params.ranking][i] for i, c in enumerate(pad)])
        least = np.where(there, score, np.inf).argmin(1)
        there[np.arange(len(there)), least] = False
        models.model.remove(least)
        models.round(np.zeros_like(value), 1, least)
    return models.rounds(SCHEMAS["train/mask"])
