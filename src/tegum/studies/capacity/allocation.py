"""Quadratic models on their exact loss, left to allocate their dimensions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.data.schema import LOSS_CHANGE
from tegum.labels import coordinate, variable
from tegum.models.quadratic import Quadratic
from tegum.studies.capacity.params import Train
from tegum.studies.capacity.problems import kurtosis, ratios, values
from tegum.synthetic.batches import NoBatches
from tegum.training.plan import padded
from tegum.training.rows import train


def allocate(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Final embeddings (cell, feature, hidden), or (cell, ratio, feature, hidden)."""
    params: Train = cells[0].params
    _, found, change = trained(cells, context)
    moved = {"loss_change": ((), change)}
    if not params.ratio_points:
        return labelled({"embedding": (("feature", "hidden"), found), **moved})
    grid = found.reshape(len(cells), params.ratio_points, *found.shape[1:])
    rows = labelled({"embedding": (("ratio", "feature", "hidden"), grid), **moved})
    return rows.assign_coords(ratio=coordinate("ratio", ratios(params), "value ratio v_2 / v_1"))


def trained(
    cells: Sequence[Any], context: Any
) -> tuple[Quadratic, NDArray[np.float64], NDArray[np.float32]]:
    """A trained ensemble, padded; its embeddings without the padding, (model, ...); loss changes.

    A cell is one model, or one per ratio of the values; these start from equal weights. The change
    of a cell, (cell,), is that of its model of largest change.
    """
    first: Train = cells[0].params
    each = max(first.ratio_points, 1)
    models = [c for c in cells for _ in range(each)]
    pad = padded(models)
    problems = [values(c.params).reshape(each, -1) for c in cells]
    every = padded(list(np.concatenate(problems)))
    model = Quadratic(
        values=np.stack(every),
        kurtosis=np.array([kurtosis(c.params) for c in pad]),
        hidden=first.width,
        seeds=[c.stream("init") for c in pad],
    )
    result = train(models, context, model, NoBatches(len(pad)), "linear_decay_second_half")
    change = result.changes["loss_change"].reshape(len(cells), each)
    largest = change[np.arange(len(cells)), np.abs(change).argmax(1)]
    return model, result.parameters["embedding"], largest


def labelled(found: Mapping[str, tuple[tuple[str, ...], np.ndarray]]) -> xr.Dataset:
    """Rows (cell, ...) with plain coordinates along the inner dims."""
    names = {
        "embedding": "embedding vectors of the features",
        "chosen": "feature chosen in a round, -1 for none",
        "evaluation_loss": "loss / loss of the best constant",
        "loss_change": LOSS_CHANGE[1],
    }
    rows = xr.Dataset(
        {
            name: variable(("cell", *dims), data, names.get(name, name.replace("_", " ")), "1")
            for name, (dims, data) in found.items()
        }
    )
    inner = {str(d): n for d, n in rows.sizes.items() if d != "cell"}
    return rows.assign_coords({d: coordinate(d, np.arange(n), d) for d, n in inner.items()})
