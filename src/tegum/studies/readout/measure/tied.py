"""Squared errors of tied models beside the bound of principal components, and their geometry."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, SweepView
from tegum.studies.readout.geometry import Array, geometry, labelled
from tegum.studies.readout.params import MeasureTied, Tied
from tegum.studies.readout.schema import SCHEMAS
from tegum.studies.readout.train.tied import initial, stream
from tegum.theory import softmax as law


def by_cell(sweep: SweepView[MeasureTied], rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Trained and untrained models along `cell` and `control`."""
    found, train = [], rows["train"]
    for i, cell in enumerate(sweep.cells):
        section: Tied = cell.upstream["train"]
        n = section.n_features
        # Beside models of more features the rows of others are filled up.
        trained = train["weight"].values[i, :n], train["bias"].values[i, :n]
        before = initial(section, cell.stream("init")), np.zeros(n)
        for weight, bias in (trained, before):
            losses = _losses(cell, section, weight, bias)
            found.append(losses | geometry(weight, sweep.params.angle_bins))
    return labelled(found, sweep, train, SCHEMAS["measure/tied"])


def _losses(
    cell: Cell[MeasureTied], section: Tied, weight: Array, bias: Array
) -> dict[str, Array | float]:
    mean, covariance = law.moments(section.feature_probability, section.n_features)
    samples = cell.params.evaluation_samples
    fresh = stream([section], [cell.stream("evaluation")], samples)
    batch = [part[0].numpy() for part in fresh.batch(0)]
    if section.data == "subsets":
        covariance = np.cov(batch[0].T, bias=True)
    if section.readout == "linear":
        loss = law.linear_loss(weight, bias, mean, covariance)
    else:
        loss = law.tied_loss(weight, bias, *batch)
    bound = law.component_bound(covariance, section.n_dimensions)
    return {"loss": loss, "bound": bound, "loss_ratio": loss / bound}
