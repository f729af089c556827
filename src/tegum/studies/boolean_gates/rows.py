"""From numbers of each cell to labelled rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from tegum.studies.boolean_gates.schema import LABELS, SCHEMAS


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
    dims = {dim for name in each for dim in SCHEMAS[kind].layout[name][0]}
    depth = np.arange(1, each["circuit_error"].shape[1] + 1) if "depth" in dims else None
    known = LABELS | {"control": list(controls), "depth": depth}
    return SCHEMAS[kind].dataset(each, {dim: known[dim] for dim in dims & known.keys()})
