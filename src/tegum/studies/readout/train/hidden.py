"""Hidden layers that feed only a linear readout or a softmax; rows are final weights."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.softmax import HiddenReadout
from tegum.studies.readout.features import subsets
from tegum.studies.readout.params import Hidden
from tegum.studies.readout.schema import SCHEMAS
from tegum.training.loop import Result
from tegum.training.plan import padded
from tegum.training.rows import train_rows


def run(
    cells: Sequence[Cell[Hidden]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Train one bucket of cells; returns their rows (cell, ...)."""
    pad = padded(list(cells))
    first = pad[0].params
    model = untrained(first, [c.stream("init") for c in pad])
    data = subsets(first, [c.stream("data") for c in pad], first.batch, context.device)
    schema = SCHEMAS["train/hidden"]
    return train_rows(cells, context, schema, model, data, "cosine", values=_named)


def untrained(section: Hidden, seeds: Sequence[int]) -> HiddenReadout:
    """Models of equal shapes before training."""
    return HiddenReadout(
        n_features=section.n_features,
        width=section.n_dimensions,
        head=section.readout,
        seeds=list(seeds),
    )


def loaded(section: Hidden, row: xr.Dataset) -> HiddenReadout:
    """The trained model of one row."""
    model = untrained(section, [0])
    state = {
        "encoder": row["encoder"].values[None],
        "readout": row["unembedding"].values[None],
        "hidden_bias": row["hidden_bias"].values[None, None],
        "bias": row["bias"].values[None, None],
    }
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return model


def _named(result: Result) -> dict[str, np.ndarray]:
    """What rows call otherwise than the model does; its biases have a sample axis of length 1."""
    found = result.parameters
    return {
        "unembedding": found["readout"],
        **{name: found[name].squeeze(1) for name in ("hidden_bias", "bias")},
    }
