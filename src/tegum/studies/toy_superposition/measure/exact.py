"""Exact losses: by quadrature with more nodes than in training, and no truncation."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.studies.toy_superposition.measure.tied import feature_probabilities, importance, measured
from tegum.studies.toy_superposition.params import Exact
from tegum.synthetic.quadrature import product_rule

NODES = 6


def by_cell(sweep: SweepView[Exact], rows: Rows) -> xr.Dataset:
    """Measure one sweep of tied models, and their exact losses."""
    train = rows["train"]
    weights, biases = (train[n].values.astype(float) for n in ("weight", "bias"))
    found = []
    for w, b, p, value in zip(
        weights, biases, feature_probabilities(sweep), importance(sweep), strict=True
    ):
        points, mass = product_rule(p, NODES)
        error = points - np.maximum(points @ w @ w.T + b, 0)
        found.append(mass @ (error**2 @ value))
    return measured("exact", sweep, train, {"exact_loss": np.array(found)})
