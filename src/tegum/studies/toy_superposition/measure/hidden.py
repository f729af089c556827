"""What the neurons of the models that compute serve, and which features are computed.

Along `control`, `permuted` has the weights that `tegum.controls.weights.permute_pairs` shuffles.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.controls.weights import permute_pairs
from tegum.experiment.cell import Rows, SweepView
from tegum.labels import coordinate
from tegum.metrics import neurons as metric
from tegum.studies.toy_superposition.features import importances, probabilities
from tegum.studies.toy_superposition.params import Neurons
from tegum.studies.toy_superposition.schema import SCHEMAS
from tegum.theory.toy import relative_losses

Array = NDArray[Any]
View = SweepView[Neurons]


def by_cell(sweep: View, rows: Rows) -> xr.Dataset:
    """Measure one sweep of models with hidden neurons."""
    train = rows["train"].astype(float)
    coords = {n: train[n] for n in ("hidden", "feature", "restart")}
    control = coordinate("control", np.array(["none", "permuted"], dtype=object), "control")
    moved = train["loss_change"].values
    values = {"loss_change": moved, **_losses(sweep, train), **_neurons(sweep, train)}
    return SCHEMAS["measure/hidden"].dataset(values, coords | {"control": control})


def _losses(sweep: View, rows: xr.Dataset) -> dict[str, Array]:
    """Losses over those of the best constants."""
    sections = [c.upstream["train"] for c in sweep.cells]
    chance = np.stack([probabilities(p) for p in sections])
    weight = np.stack([importances(p) for p in sections])
    names = ("feature_loss", "restart_loss", "untrained_feature_loss")
    found = relative_losses(*(rows[n].values for n in names), probability=chance, importance=weight)
    return found | {"n_computed": (found["feature_loss_ratio"] < metric.COMPUTED).sum(1)}


def _neurons(sweep: View, rows: xr.Dataset) -> dict[str, Array]:
    """Neurons of the best restart, and of its permuted weights: (cell, control, ...)."""
    encoder, decoder = rows["encoder"].values, rows["decoder"].values
    permuted = [
        permute_pairs(one, two, cell.stream("control"))
        for cell, one, two in zip(sweep.cells, encoder, decoder, strict=True)
    ]
    others = zip(*permuted, strict=True)
    both = (np.stack(pair, 1) for pair in zip((encoder, decoder), others, strict=True))
    return {"gain": metric.gains(encoder, decoder)} | metric.summary(*both)
