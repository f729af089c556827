"""Deeper ReLU networks that reconstruct sparse features."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.feature_networks import DeepNetwork
from tegum.studies.capacity.params import Deep
from tegum.studies.capacity.problems import targets
from tegum.studies.capacity.schema import SCHEMAS
from tegum.training.plan import padded
from tegum.training.sampled import train_sampled


def run(cells: Sequence[Cell[Deep]], rows: Rows, context: Context) -> xr.Dataset:
    """All weights, (cell, layer, ...), and losses."""
    pad, depth = padded(list(cells)), cells[0].params.depth
    value, null = targets(pad, signed=False)
    seeds = [c.stream("init") for c in pad]
    hidden = cells[0].params.width
    model = DeepNetwork(depth=depth, values=value, null=null, hidden=hidden, seeds=seeds)
    parameters, found = train_sampled(model, cells, False, context)
    between = [parameters[f"weight_{layer}"] for layer in range(1, depth)]
    biases = [parameters[f"bias_{layer}"] for layer in range(depth)]
    return SCHEMAS["train/deep"].dataset(
        {
            "encoder": parameters["weight_0"],
            "between": np.stack(between, axis=1),
            "decoder": parameters[f"weight_{depth}"],
            "bias": np.concatenate(biases, axis=1),
            "output_bias": parameters[f"bias_{depth}"][:, 0],
            **found,
        }
    )
