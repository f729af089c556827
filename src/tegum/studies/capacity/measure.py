"""Capacities, what theory says of them, and what interventions and architectures do to them.

Each sweep becomes one labelled Dataset on its axes. A feature is *ignored* where its capacity is
below `ignored_below`, *dedicated* (monosemantic) above `dedicated_above`, and *shared*
(polysemantic) between the two.
"""

from collections.abc import Callable, Mapping
from typing import Any

import xarray as xr

from tegum.data.rows import with_changes
from tegum.errors import TegumError
from tegum.studies.capacity.measure_interventions import flattening, masking, one_at_a_time
from tegum.studies.capacity.measure_networks import architectures, layers
from tegum.studies.capacity.measure_quadratic import allocation, curves, invariants, phase

MEASURES: Mapping[str, Callable[[Any, Mapping[str, xr.Dataset]], xr.Dataset]] = {
    "invariants": invariants,
    "curves": curves,
    "phase": phase,
    "allocation": allocation,
    "hysteresis": flattening,
    "flattening": flattening,
    "release": flattening,
    "one_at_a_time": one_at_a_time,
    "masking": masking,
    "architectures": architectures,
    "layers": layers,
}


def run(sweep: Any, rows: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Measure one sweep; variables have the sweep's axes first, then inner dims."""
    if sweep.name not in MEASURES:
        raise TegumError(f"sweep {sweep.name!r} is not known; use one of {sorted(MEASURES)}")
    return with_changes(MEASURES[sweep.name](sweep, rows), rows, sweep.axes)
