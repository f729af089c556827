"""Train one bucket of cells; what is trained is the parameter `task`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xarray as xr

from tegum.studies.capacity.allocation import allocate
from tegum.studies.capacity.interventions import flatten, flatten_one, mask
from tegum.studies.capacity.networks import compare, deep

TASKS: Mapping[str, Callable[[Sequence[Any], Any], xr.Dataset]] = {
    "allocate": allocate,
    "flatten": flatten,
    "flatten_one": flatten_one,
    "mask": mask,
    "compare": compare,
    "deep": deep,
}


def run(cells: Sequence[Any], rows: Any, context: Any) -> xr.Dataset:
    """Train cells of equal shapes; returns their rows (cell, ...)."""
    return TASKS[cells[0].params.task](cells, context)
