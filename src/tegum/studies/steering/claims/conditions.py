"""What the findings share: sources, thresholds, and the conditions that are compared.

`probes`, `reencoded`, `logits` and `tied` are the readers of off-target effects; see `effects`.
Thresholds and their sources were fixed before any result was seen.
"""

import numpy as np
import xarray as xr

from tegum.labels import MissingError, at
from tegum.ledger.claims import Claim, above, below
from tegum.theory import steering as law

COMMENTS = "Mendel (comments)"
PROTOTYPE = f"{COMMENTS}; size of a small prototype"
DERIVED = "derived"
MOMENTS = "derived: moments of the inverse Marchenko-Pastur law"
DOUBT = "doubt about the finding, from its specification"

COSINE_TOLERANCE = 0.05
"""Largest difference of a mean cosine from its law, which neglects terms of 1/d: own choice."""
LAW_TOLERANCE = 0.15
"""Largest relative difference of a median off-target effect from its law: own choice."""
R2_TOLERANCE = 0.02
"""Largest difference of an R² from d/G: own choice."""
ORDER_ONE = 0.5
"""Least off-target effect of order 1 at G = d/2 (the law gives 1): half of it."""
LARGE = 3.0
"""Least off-target effect that is large (at G = d the law diverges): own choice."""
COLLAPSED = 0.2
"""Largest cosine that is a collapse (the law gives 0, and sqrt(2 / (pi d)) = 0.1 at d = 64)."""
NEARLY_EQUAL = 0.05
"""Largest relative difference of two off-target effects that are nearly equal: own choice."""
NEARLY_PARALLEL = 0.95
"""Least cosine of two vectors that are nearly parallel: own choice."""
PRECISION = 1e-6
"""Largest deviation from an identity, in units of the vectors' norm: pseudo-inverses of
covariances, whose condition number is squared, in double precision."""
ILL_CONDITIONED = 10.0
"""Least ratio of condition numbers, at G = d over G = d/2, that is ill-conditioning: own choice."""
HALF_MOVED = 0.25
"""Least off-target effect at correlation 0.5 (the law gives 0.5): half of it."""
AS_LARGE = 1.0
"""Off-target effect at which the effect on other features is as large as that on the own one."""
SQUARE, HALF, TWICE = 1.0, 0.5, 2.0
"""Features per dimension at which single conditions are compared."""
SHARED, UNEQUAL, CORRELATED = 0.6, 1.0, 0.5
"""Common weight, spread of log amplitudes and correlation that are compared with 0."""
CANDIDATES = ("ridge", "representation", "surgical", "pattern", "mean_difference")
"""Steering vectors other than the probe."""
SHUFFLED = "labels of other samples"


def along(dataset: xr.Dataset) -> xr.Dataset:
    """Along features per dimension instead of the number of features."""
    return dataset.swap_dims(n_features="overcompleteness")


def inside(overcomplete: xr.Dataset, side: str) -> xr.Dataset:
    """The ratios G/d below, up to, above or other than 1."""
    whole = along(overcomplete)
    ratio = whole["overcompleteness"]
    where = {"below": ratio < 1, "at most": ratio <= 1, "above": ratio > 1, "not": ratio != 1}
    if not where[side].any():
        raise MissingError(f"overcompleteness has no values {side} 1")
    return whole.sel(overcompleteness=where[side])


def one(overcomplete: xr.Dataset, ratio: float) -> xr.Dataset:
    return at(along(overcomplete), overcompleteness=ratio)


def cosine(dataset: xr.Dataset, vector: str, control: str = "none") -> xr.DataArray:
    return dataset["cosine"].sel({"control": control, "vector": vector})


def off(
    dataset: xr.Dataset, vector: str, reader: str = "probes", control: str = "none"
) -> xr.DataArray:
    return dataset["offtarget"].sel({"control": control, "vector": vector, "reader": reader})


def worst(deviation: xr.DataArray) -> np.ndarray:
    """Largest absolute value over all dims but the seed, per seed."""
    found = abs(deviation)
    return found.max([d for d in found.dims if d != "seed"]).values


def ratios(dataset: xr.Dataset) -> str:
    values = np.atleast_1d(dataset["overcompleteness"].values)
    return "G/d = " + ", ".join(f"{r:g}" for r in values)


def follows_the_law(overcomplete: xr.Dataset, side: str) -> Claim:
    part = inside(overcomplete, side)
    expected = part["overcompleteness"].copy(data=law.probe_cosine(part["overcompleteness"]))
    return below(
        COSINE_TOLERANCE,
        worst(cosine(part, "probe") - expected),
        control=(SHUFFLED, worst(cosine(part, "probe", "shuffled") - expected)),
        because=f"largest deviation of the mean over features; {ratios(part)}",
    )


def order_one(overcomplete: xr.Dataset, reader: str) -> Claim:
    half = one(overcomplete, HALF)
    return above(
        ORDER_ONE,
        off(half, "probe", reader),
        control=("the representation vector", off(half, "representation", reader)),
        because="G/d = 0.5, where the law by the probes gives 1",
    )
