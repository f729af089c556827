"""What the findings share: sources, thresholds, and the conditions that are compared.

`probes`, `reencoded`, `logits` and `tied` are the readers of off-target effects; see `effects`.
Thresholds and their sources were fixed before any result was seen.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import MissingError, at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import finding
from tegum.theory import steering as law

COMMENTS = "Mendel (comments)"
PROTOTYPE = f"{COMMENTS}; size of a small prototype"
DERIVED = "derived"
DOUBT = "doubt about the finding, from its specification"

COSINE_TOLERANCE = 0.05
"""Largest difference of a mean cosine from its law, which neglects terms of 1/d: own choice."""
ORDER_ONE = 0.5
"""Least off-target effect of order 1 at G = d/2 (the law gives 1): half of it."""
NEARLY_PARALLEL = 0.95
"""Least cosine of two vectors that are nearly parallel: own choice."""
PRECISION = 1e-6
"""Largest deviation from an identity, in units of the vectors' norm: pseudo-inverses of
covariances, whose condition number is squared, in double precision."""
SQUARE, HALF = 1.0, 0.5
"""Features per dimension at which single conditions are compared."""
SHUFFLED = "labels of other samples"

of_ratios = partial(finding, "overcomplete")
exactly = partial(of_ratios, kind="exact")
"""Decorate the findings about numbers of features per dimension."""


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
    dataset: xr.Dataset, vector: str | list[str], reader: str = "probes", control: str = "none"
) -> xr.DataArray:
    return dataset["offtarget"].sel({"control": control, "vector": vector, "reader": reader})


def worst(deviation: xr.DataArray) -> np.ndarray:
    """Largest absolute value over all dims but the seed, per seed."""
    found = abs(deviation)
    return found.max([d for d in found.dims if d != "seed"]).values


def ratios(dataset: xr.Dataset) -> str:
    values = np.atleast_1d(dataset["overcompleteness"].values)
    return "G/d = " + ", ".join(f"{r:g}" for r in values)


def near_law(tolerance: float, deviation: Callable[[str], xr.DataArray], because: str) -> Claim:
    """Whether the deviation from a law is small for the true labels, unlike shuffled ones.

    Args:
        deviation: from a control to what was measured under it, minus what the law says.
    """
    own, shuffled = (worst(deviation(control)) for control in ("none", "shuffled"))
    return below(tolerance, own, control=(SHUFFLED, shuffled), because=because)


def cosine_law(side: str, overcomplete: xr.Dataset) -> Claim:
    """Whether the cosine of the probe follows the law on a side of G = d."""
    part = inside(overcomplete, side)
    expected = part["overcompleteness"].copy(data=law.probe_cosine(part["overcompleteness"]))
    because = f"largest deviation of the mean over features; {ratios(part)}"
    return near_law(COSINE_TOLERANCE, lambda c: cosine(part, "probe", c) - expected, because)


def order_one(reader: str, overcomplete: xr.Dataset) -> Claim:
    """Whether the probe moves other features below G = d, by a reader."""
    half = one(overcomplete, HALF)
    because = "G/d = 0.5, where the law by the probes gives 1"
    control = ("the representation vector", off(half, "representation", reader))
    return above(ORDER_ONE, off(half, "probe", reader), control=control, because=because)
