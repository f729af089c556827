"""What the findings share: sources, thresholds fixed before any result, and numbers per seed."""

import numpy as np
import xarray as xr

from tegum.labels import at, at_least

POST = "Linsefors and Bushnaq 2025, Circuits in Superposition 2"
FIRST = "Bushnaq and Mendel 2024, Circuits in Superposition"
DERIVED = "derived"
QUESTION = "question of this study"
PERMUTED = "the output of another circuit"
PLAIN = "circuits that are not held down"
GATED = "circuits that are held down"

ROUNDING = 1e-9
"""Relative error of circuits that share no neuron, in float64."""
BLOW_UP = 2.0
"""Least factor of the leaked variance per layer that is a blow-up: own choice."""
FLAT = 1.25
"""Largest ratio of the last to the first leakage that counts as none added: own choice."""
LINEAR = 0.25
"""Largest distance of the exponent of the variance in depth from 1: own choice."""
LAW = 0.15
"""Largest mean |log(measured / law)| of an rms: own choice; the law is to leading order."""
ROUGH = 0.3
"""The same where errors feed on themselves: the law leaves out what they do to active ones."""
ROOT = 0.1
"""Largest distance from 1/2 of the exponent of the error in the number active: own choice."""
SQUARE = 0.2
"""Largest distance from 2 of the exponent of the capacity in the width: own choice."""
SAME = 0.15
"""Largest |log ratio| of two errors that are the same: own choice."""
TOLERANCE = 0.3
"""Error at which a network is full, as in the params."""
NEURONS = 4
"""Neurons of a small circuit."""


def per_seed(values: xr.DataArray) -> np.ndarray:
    """The mean over all dims but the seed."""
    return values.mean([d for d in values.dims if d != "seed"]).values


def log(values: xr.DataArray) -> xr.DataArray:
    """The natural logarithm; NaN of what is exact, and has none."""
    return xr.ufuncs.log(values.where(values > 0.0))


def last(values: xr.DataArray) -> xr.DataArray:
    """After all layers."""
    return values.isel(layer=-1)


def off_law(ds: xr.Dataset, name: str, law: str) -> np.ndarray:
    """Mean |log(measured / law)| over all layers and conditions: (seed,)."""
    return per_seed(abs(log(ds[name] / ds[law])))


def capacities(ds: xr.Dataset) -> xr.DataArray:
    """Circuits at which the last error crosses `TOLERANCE`, by a line in logs; else NaN."""
    at_least(ds, n_circuits=2)
    counts = np.log(ds["n_circuits"].values.astype(float))

    def crossing(measured: np.ndarray) -> float:
        errors = np.log(np.maximum.accumulate(np.maximum(measured, ROUNDING)))
        target = np.log(TOLERANCE)
        if errors[0] > target or errors[-1] <= target:
            return np.nan
        after = int(np.argmax(errors > target))
        share = (target - errors[after - 1]) / (errors[after] - errors[after - 1])
        return float(np.exp(counts[after - 1] + share * (counts[after] - counts[after - 1])))

    found = last(ds.circuit_err)
    return xr.apply_ufunc(crossing, found, input_core_dims=[["n_circuits"]], vectorize=True)


def gates(ds: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset]:
    """The networks whose inactive circuits are held down, and the others."""
    return at(ds, gated=True), at(ds, gated=False)
