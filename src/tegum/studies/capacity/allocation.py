"""Quadratic models on their exact loss, left to allocate their dimensions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.labels import coordinate, variable
from tegum.models.quadratic import Quadratic
from tegum.studies.capacity.params import Train
from tegum.studies.capacity.problems import kurtosis, ratios, values
from tegum.synthetic.batches import NoBatches
from tegum.training.harness import fit
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule


def allocate(cells: Sequence[Any], context: Any) -> xr.Dataset:
    """Final embeddings (cell, feature, hidden), or (cell, ratio, feature, hidden)."""
    params: Train = cells[0].params
    _, found = trained(cells, context)
    if not params.ratio_points:
        return labelled({"embedding": (("feature", "hidden"), found)})
    grid = found.reshape(len(cells), params.ratio_points, *found.shape[1:])
    rows = labelled({"embedding": (("ratio", "feature", "hidden"), grid)})
    return rows.assign_coords(ratio=coordinate("ratio", ratios(params), "value ratio v_2 / v_1"))


def trained(cells: Sequence[Any], context: Any) -> tuple[Quadratic, np.ndarray]:
    """A trained ensemble, padded, and its embeddings without the padding, (model, ...).

    A cell is one model, or one per ratio of the values; these start from equal weights.
    """
    first: Train = cells[0].params
    each = max(first.ratio_points, 1)
    pad = padded([c for c in cells for _ in range(each)])
    problems = [values(c.params).reshape(each, -1) for c in cells]
    every = padded(list(np.concatenate(problems)))
    model = Quadratic(
        values=np.stack(every),
        kurtosis=np.array([kurtosis(c.params) for c in pad]),
        hidden=first.width,
        seeds=[c.stream("init") for c in pad],
    )
    result = fit(
        model,
        NoBatches(len(pad)),
        Plan(
            steps=first.steps,
            learning_rate=[c.params.learning_rate for c in pad],
            schedule=Schedule("linear_decay_second_half", first.steps),
            checkpoints=(first.steps - 1,),
        ),
        keep=len(cells) * each,
        scratch=context.scratch,
        progress=context.progress,
        device=context.device,
    )
    return model, result.parameters["embedding"]


def labelled(found: Mapping[str, tuple[tuple[str, ...], np.ndarray]]) -> xr.Dataset:
    """Rows (cell, ...) with plain coordinates along the inner dims."""
    names = {
        "embedding": "embedding vectors of the features",
        "chosen": "feature chosen in a round, -1 for none",
        "evaluation_loss": "loss / loss of the best constant",
    }
    rows = xr.Dataset(
        {
            name: variable(("cell", *dims), data, names.get(name, name.replace("_", " ")), "1")
            for name, (dims, data) in found.items()
        }
    )
    inner = {str(d): n for d, n in rows.sizes.items() if d != "cell"}
    return rows.assign_coords({d: coordinate(d, np.arange(n), d) for d, n in inner.items()})
