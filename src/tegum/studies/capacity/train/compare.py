"""Architectures beside each other: the quadratic toy model, and networks trained on samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.feature_networks import shallow_network
from tegum.studies.capacity.params import Compare
from tegum.studies.capacity.problems import targets, values
from tegum.studies.capacity.schema import SCHEMAS
from tegum.synthetic.sparse import signed_kurtosis
from tegum.theory import quadratic as theory
from tegum.training.phases import train_quadratics
from tegum.training.plan import padded
from tegum.training.sampled import train_sampled


def run(cells: Sequence[Cell[Compare]], rows: Rows, context: Context) -> xr.Dataset:
    """Embeddings (cell, feature, hidden) and losses of one architecture."""
    exact = cells[0].params.architecture == "quadratic"
    found = _exact(cells, context) if exact else _sampled(cells, context)
    return SCHEMAS["train/compare"].dataset(found)


def _exact(cells: Sequence[Cell[Compare]], context: Context) -> dict[str, NDArray[Any]]:
    """The quadratic model on its exact loss, of inputs with the moments of the samples."""
    value = np.stack([values(c.params) for c in cells])
    kurtosis = np.array([signed_kurtosis(c.params.feature_probability) for c in cells])
    width = cells[0].params.width
    _, found = train_quadratics(cells, context, list(value), list(kurtosis), width)
    loss = theory.quadratic_loss(found["embedding"], value, kurtosis)
    return {**found, "evaluation_loss": loss / theory.null_loss(value, kurtosis)}


def _sampled(cells: Sequence[Cell[Compare]], context: Context) -> dict[str, NDArray[Any]]:
    pad, params = padded(list(cells)), cells[0].params
    signed = params.architecture != "tied_relu"
    seeds = [c.stream("init") for c in pad]
    problem = *targets(pad, signed), params.width, seeds
    model, embedding = shallow_network(params.architecture, *problem)
    parameters, found = train_sampled(model, cells, signed, context)
    return {"embedding": parameters[embedding], **found}
