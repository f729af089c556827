"""Train ensembles of models that differ in what follows the bottleneck; rows are final weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.studies.readout.models import stream, untrained
from tegum.studies.readout.params import Train
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

WEIGHTS = {
    "weight": (("feature", "dimension"), "embedding of a feature"),
    "unembedding": (("feature", "dimension"), "readout of a feature"),
    "bias": (("feature",), "bias"),
}
HIDDEN = {
    "encoder": (("feature", "hidden"), "weight into the hidden layer"),
    "hidden_bias": (("hidden",), "bias of the hidden layer"),
    "unembedding": (("hidden", "feature"), "weight from the hidden layer to a logit"),
    "bias": (("feature",), "bias of a logit"),
}


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
    plan = Plan(
        steps=first.steps,
        learning_rate=[c.params.learning_rate for c in pad],
        weight_decay=first.weight_decay,
        schedule=Schedule("cosine", first.steps),
        checkpoints=(first.steps - 1,),
    )
    found = fit(
        untrained(pad),
        stream(pad, "data", first.batch, context.device),
        plan,
        keep=len(cells),
        scratch=context.scratch,
        progress=context.progress,
        device=context.device,
    ).parameters
    return labelled(found, hidden=first.encoder == "hidden")


def labelled(found: Mapping[str, np.ndarray], *, hidden: bool) -> xr.Dataset:
    """Rows from weights by name; a tied model is its own readout."""
    layout = HIDDEN if hidden else WEIGHTS
    # `readout` names the axis.
    named = {**found, "unembedding": found["readout" if "readout" in found else "weight"]}
    data, coords = {}, {}
    for name, (dims, long_name) in layout.items():
        # Biases of hidden layers have a sample axis of length 1.
        array = named[name].squeeze(1) if named[name].ndim > len(dims) + 1 else named[name]
        data[name] = variable(("cell", *dims), array, long_name, "1")
        sizes = zip(dims, array.shape[1:], strict=True)
        coords |= {d: coordinate(d, np.arange(n), d) for d, n in sizes}
    return xr.Dataset(data, coords)
