"""What the findings share: sources, thresholds fixed before any result, and numbers per seed."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.readings import exponent

THREAD = "Vaintrob, Mendel and Hanni 2024"
PROTOTYPE = f"{THREAD}, section on attention; a small prototype"
DERIVED = "derived"
QUESTION = "question of this study"
COHERENT = "features that share a mean direction"
PERMUTED = "the bigrams' queries exchanged"

HALF = 0.05
"""Largest distance of a slope from 1/2 that is 'close' to it: own choice, a tenth of it."""
LAW = 0.1
"""Largest mean |log(measured / law)| of the noise: the law is to leading order in s/d = 0.05."""
HIT_LAW = 0.03
"""Largest mean deviation of hit rates from the law: the sampling error of 400 inputs is 0.025."""
NEAR_CHANCE = 0.1
"""Largest excess over chance that is 'towards chance': own choice."""
COLD = 0.01
"""Largest difference of the coldest mass from the hit rate: own choice."""
TIE_LAW = 0.02
"""Largest mean deviation of a tied share from the law: the sampling error of 800 inputs is 0.01."""
CAPACITY = 0.15
"""Largest mean |log(measured / law)| of the capacity: own choice."""
LINEAR = 0.15
"""Largest distance of the capacity's slope from 1 that counts as linear: own choice."""
RATE = 0.9
"""Hit rate at which a matrix is full: own choice."""
ROUNDING = 1e-9
"""Relative agreement of closed forms that are exact, in float64."""
MASS = 0.9
"""Attention that tokens on a circle are to get, as in the params."""
MANY, SQUARES = 64, 0.01
"""Tokens from which the lead is a parabola, and the agreement asked there: it is off by 1/m^2."""
ORTHOGONAL = 0.25
"""Overlap over that of random directions below which subspaces are orthogonal: own choice."""
PACKED = 1.25
"""Overlap over the Welch bound up to which directions are packed as well as can be: own choice."""
CONVERGED = 0.05
"""Largest relative change of a head's loss over the last half of its training."""


def slope_of(
    ds: xr.Dataset, along: str, control: str = "none", name: str = "err_std"
) -> np.ndarray:
    """Slope of log noise against the log of an axis, mean over the other: (seed,)."""
    values = at(ds[name], control=control) if "control" in ds[name].dims else ds[name]
    found = exponent(values, along)
    return found.mean([d for d in found.dims if d != "seed"]).values


def per_seed(values: xr.DataArray) -> np.ndarray:
    return values.mean([d for d in values.dims if d != "seed"]).values
