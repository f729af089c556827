"""Deeper ReLU networks that reconstruct sparse features."""

from collections.abc import Sequence

import xarray as xr

from tegum.experiment.cell import Cell, Context, Rows
from tegum.models.feature_networks import DeepNetwork, stacked_layers
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
    return SCHEMAS["train/deep"].dataset(stacked_layers(parameters, depth) | found)
