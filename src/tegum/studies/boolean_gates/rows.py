"""From numbers of each cell to labelled rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.metrics.gates import EDGES
from tegum.studies.boolean_gates.schema import LABELS, SCHEMAS

CENTRES = (EDGES[1:] + EDGES[:-1]) / 2


def labelled(
    kind: str, found: Sequence[Mapping[str, np.ndarray]], controls: Sequence[str] = ()
) -> xr.Dataset:
    """Rows of the schema `kind`.

    Args:
        found: numbers by name of each cell; with controls, of each control of each cell in turn.
        controls: names along `control`, after `cell`.
    """
    each = {name: np.array([one[name] for one in found]) for name in found[0]}
    if controls:
        each = {n: v.reshape(-1, len(controls), *v.shape[1:]) for n, v in each.items()}
    schema = SCHEMAS[kind]
    dims = {dim for name in each for dim in schema.layout[name][0]}
    known: dict[str, Sequence[object] | np.ndarray] = {**LABELS, "estimate": CENTRES}
    known |= {"control": list(controls)}
    if "depth" in dims:
        known["depth"] = np.arange(1, each["circuit_error"].shape[1] + 1)
    return schema.dataset(each, {dim: known[dim] for dim in dims if dim in known})
