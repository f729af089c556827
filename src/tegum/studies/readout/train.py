"""Train ensembles of models that differ in what follows the bottleneck; rows are final weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.studies.readout.models import stream, untrained
from tegum.studies.readout.params import Train
from tegum.studies.readout.schema import SCHEMAS
from tegum.training.plan import padded
from tegum.training.rows import train_rows


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Train one bucket of cells, readout by readout; returns their rows (cell, ...)."""
    kinds = [c.params.readout for c in cells]
    order = sorted(range(len(cells)), key=kinds.__getitem__)
    parts = [
        _trained([cells[i] for i in order if kinds[i] == kind], context)
        for kind in sorted(set(kinds))
    ]
    found = xr.concat(parts, "cell", combine_attrs="override")
    return found.isel(cell=np.argsort(order))


def _trained(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Rows of cells of equal shapes."""
    pad = padded(cells)
    first: Train = cells[0].params
    return train_rows(
        cells,
        context,
        SCHEMAS["train/hidden" if first.encoder == "hidden" else "train"],
        untrained(pad),
        stream(pad, "data", first.batch, context.device),
        "cosine",
        values=lambda result: named(result.parameters),
        weight_decay=first.weight_decay,
    )


def named(found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights by the names of the rows; a tied model is its own readout."""
    # `readout` names the axis; biases of hidden layers have a sample axis of length 1.
    flat = {n: w.squeeze(1) if n.endswith("bias") and w.ndim > 2 else w for n, w in found.items()}
    return {**flat, "unembedding": found["readout" if "readout" in found else "weight"]}
