"""From numbers by name, found one cell at a time, to the labelled rows of a schema."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from tegum.data.schema import Schema


def rows_of(
    schema: Schema,
    found: Sequence[Mapping[str, Any]],
    labels: Mapping[str, Sequence[Any]],
    controls: Sequence[str] = (),
) -> xr.Dataset:
    """Rows (cell, ...) or, with controls, (cell, control, ...).

    Args:
        schema: of the rows, whose variables may be more than what was found.
        found: arrays by name, the same of each cell; with controls, of each control of each cell
            in turn.
        labels: what stands along inner dims; those that do not occur are left out.
        controls: names along `control`.
    """
    each = {name: np.array([one[name] for one in found]) for name in found[0]}
    if controls:
        each = {n: v.reshape(-1, len(controls), *v.shape[1:]) for n, v in each.items()}
    known = {**labels, "control": controls}
    dims = {dim for name in each for dim in schema.layout[name][0]}
    return schema.dataset(each, {dim: list(known[dim]) for dim in dims & known.keys()})
