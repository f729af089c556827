"""Networks that compute the gates of all pairs, with trained or frozen first layers."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.experiment.cell import Cell, Context
from tegum.models.gate_networks import gate_networks
from tegum.models.gate_sections import Network
from tegum.studies.boolean_gates.schema import SCHEMAS
from tegum.synthetic.active_bits import GateStream
from tegum.training.loop import Result
from tegum.training.plan import padded
from tegum.training.rows import train_rows
from tegum.training.schedules import Schedule

CLIP = 1.0
"""Largest gradient norm of a cell: high powers of the error need it."""


def run(
    cells: Sequence[Cell[Network]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Final weights (cell, ...); a frozen layer's are those that it began with."""
    pad = padded(list(cells))
    sections = [c.params for c in pad]
    first = sections[0]
    model = gate_networks(sections, [c.stream("init") for c in pad])
    shape = {"n_inputs": first.bits, "n_active": first.mean_active, "batch": first.batch}
    gates, seeds = [p.gate for p in sections], [c.stream("data") for c in pad]
    stream = GateStream(gates, seeds, **shape, device=context.device)
    warm_up = min(first.warm_up, first.steps)
    schedule = Schedule("linear_decay_second_half", first.steps, warm_up=warm_up)
    options = {"values": _flat, "gradient_clip": CLIP}
    schema = SCHEMAS["train/network"]
    return train_rows(cells, context, schema, model, stream, schedule, **options)


def _flat(result: Result) -> dict[str, np.ndarray]:
    """Biases without their sample axis of length 1."""
    return {name: result.parameters[name].squeeze(1) for name in ("bias", "offset")}
