"""The models of a row, and what is measured of them on their evaluation set."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.metrics.connectivity import Look
from tegum.metrics.two_layer import Weights
from tegum.studies.basins.params import Train
from tegum.training.superposed import batches

THRESHOLD = 0.9
"""Selectivity above which a neuron of a fit is monosemantic, as in `Measure`."""
TRAINED, RELAXED = 0, 1
"""Places along `phase`."""


def look(cell: Cell[Section], world: Train, threshold: float = THRESHOLD) -> Look:
    """At models of one seed."""
    stream = batches([cell], world, world.evaluation_samples, purpose="evaluation")
    inputs, targets = (part[0].numpy() for part in stream.batch(0))
    return Look(inputs, targets, stream.embedding[0].numpy(), threshold)


def solutions(row: xr.Dataset) -> Weights:
    """The models of one row: (phase, noise, start, ...)."""
    return Weights(*(np.asarray(row[name]) for name in Weights._fields))


def poly(row: xr.Dataset, start: int, phase: int = RELAXED) -> Weights:
    """The model of a row that never had noise."""
    return solutions(row).at(phase, 0, start)


def mono(row: xr.Dataset, start: int, phase: int = RELAXED) -> Weights:
    """The model of a row that had the most noise."""
    return solutions(row).at(phase, -1, start)


def described(here: Look, moments: Weights) -> dict[str, np.ndarray]:
    """Clean loss and counts of models at several moments: (moment,)."""
    counted = here.counts(moments)
    return {
        "loss": here.loss(moments),
        "mono_per_feature": counted.mono_per_feature,
        "coverage": counted.coverage,
    }
