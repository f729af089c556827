"""Exact losses: by quadrature with more nodes than in training, and no truncation."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.toy_superposition.measure.tied import feature_probabilities, importance, measured
from tegum.studies.toy_superposition.params import Exact
from tegum.theory.tied_models import exact_loss

NODES = 6


def by_cell(sweep: SweepView[Exact], rows: Rows) -> xr.Dataset:
    """Measure one sweep of tied models, and their exact losses."""
    train = rows["train"]
    models = (train[n].values.astype(float) for n in ("weight", "bias"))
    data = feature_probabilities(sweep), importance(sweep)
    losses = [exact_loss(*one, nodes=NODES) for one in zip(*models, *data, strict=True)]
    return measured("exact", sweep, train, {"exact_loss": np.array(losses)})
