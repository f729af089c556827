"""Architectures beside each other: the quadratic toy model, and networks trained on samples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context
from tegum.models.feature_networks import ScalarNetwork, normal_entries
from tegum.models.tied import Tied
from tegum.studies.capacity import networks, quadratics
from tegum.studies.capacity.params import Compare
from tegum.studies.capacity.problems import values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.theory import quadratic as theory
from tegum.training.plan import padded

UNIFORM_KURTOSIS = 1.8
"""Kurtosis of U[-1, 1]; that of Bernoulli(p) x U[-1, 1] is 1.8 / p."""


def run(
    cells: Sequence[Cell[Compare]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Embeddings (cell, feature, hidden) and losses of one architecture."""
    exact = cells[0].params.architecture == "quadratic"
    found = _exact(cells, context) if exact else _sampled(cells, context)
    return SCHEMAS["train/compare"].dataset(found)


def _exact(cells: Sequence[Cell[Compare]], context: Context) -> dict[str, NDArray[Any]]:
    """The quadratic model on its exact loss, of inputs with the moments of the samples."""
    value = np.stack([values(c.params) for c in cells])
    kurtosis = np.array([UNIFORM_KURTOSIS / c.params.feature_probability for c in cells])
    _, found, change = quadratics.trained(cells, value, kurtosis, cells[0].params.width, context)
    loss = theory.quadratic_loss(found, value, kurtosis)
    loss = loss / theory.null_loss(value, kurtosis)
    return {"embedding": found, "evaluation_loss": loss, "loss_change": change}


def _sampled(cells: Sequence[Cell[Compare]], context: Context) -> dict[str, NDArray[Any]]:
    pad = padded(list(cells))
    params = pad[0].params
    signed = params.architecture != "tied_relu"
    value = np.stack([values(c.params) for c in pad])
    null = np.array([networks.null_loss(c.params, signed) for c in pad])
    seeds = [c.stream("init") for c in pad]
    if signed:
        model = ScalarNetwork(
            activation=params.architecture,
            values=value,
            null=null,
            hidden=params.width,
            seeds=seeds,
        )
    else:
        start = normal_entries((params.n_features, params.width), seeds, 0)
        model = Tied(weight=start, output="relu", importance=value / null[:, None])
    parameters, found = networks.trained(model, cells, signed, context)
    return {"embedding": parameters["embedding" if signed else "weight"], **found}
