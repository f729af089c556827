"""Two features in one dimension: trained capacities and losses beside the closed forms."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import SweepView
from tegum.metrics.capacity import capacities
from tegum.studies.capacity.params import MeasurePhase
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory


def by_cell(sweep: SweepView[MeasurePhase], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Capacities by value ratio."""
    train = rows["train"]
    embedding, ratio = train["embedding"].values, train["ratio"].values
    value = np.broadcast_to(np.stack([np.ones_like(ratio), ratio], axis=1), embedding.shape[:3])
    kurtosis = np.array([c.upstream["train"].kurtosis for c in sweep.cells])[:, None]
    second = theory.two_features(value[..., 1], kurtosis)
    predicted = np.stack([1.0 - second, second], axis=-1)
    return SCHEMAS["measure/phase"].dataset(
        {
            "width": np.full(len(sweep.cells), embedding.shape[-1]),
            "loss_change": rows["train"]["loss_change"].values,
            "capacity": capacities(embedding),
            "loss": theory.quadratic_loss(embedding, value, kurtosis),
            "capacity_best": predicted,
            "loss_best": theory.feature_loss(predicted, value, kurtosis[..., None]).sum(-1),
        },
        {"ratio": train["ratio"]},
    )
