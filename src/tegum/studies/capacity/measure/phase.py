"""Two features in one dimension: trained capacities and losses beside the closed forms."""

import numpy as np
import xarray as xr

from tegum.experiment.cell import Rows, SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import MeasurePhase
from tegum.studies.capacity.problems import measured
from tegum.theory import quadratic as theory


def by_cell(sweep: SweepView[MeasurePhase], rows: Rows) -> xr.Dataset:
    """Capacities by value ratio."""
    embedding, ratio = rows["train"]["embedding"].values, rows["train"]["ratio"]
    value = np.stack([np.ones(ratio.size), ratio.values], axis=1)
    kurtosis = np.array([c.upstream["train"].kurtosis for c in sweep.cells])[:, None]
    second = theory.two_features(ratio.values, kurtosis)
    predicted = np.stack([1.0 - second, second], axis=-1)
    values = {
        "capacity": capacities(embedding),
        "loss": theory.quadratic_loss(embedding, value, kurtosis),
        "capacity_best": predicted,
        "loss_best": theory.feature_loss(predicted, value, kurtosis[..., None]).sum(-1),
    }
    return measured("phase", sweep, rows, values, {"ratio": ratio})
