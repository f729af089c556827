"""Cosines between the features of sets."""

from collections.abc import Mapping

import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics import geometry
from tegum.studies.toy_superposition.measure.tied import measured
from tegum.studies.toy_superposition.params import Sets


def by_cell(sweep: SweepView[Sets], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep of tied models, and the cosines between their embeddings."""
    train = rows["train"]
    return measured("sets", sweep, train, {"cosine": geometry.cosines(train["weight"].values)})
