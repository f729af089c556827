"""Cosines between the features of sets."""

import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics import geometry
from tegum.studies.toy_superposition.measure.tied import measured
from tegum.studies.toy_superposition.params import Sets


def by_cell(sweep: SweepView[Sets], rows: Rows) -> xr.Dataset:
    """Measure one sweep of tied models, and the cosines between their embeddings."""
    train = rows["train"]
    return measured("sets", sweep, train, {"cosine": geometry.cosines(train["weight"].values)})
