"""A7 and closed forms: what holds of any dictionary, and of those without superposition."""

from collections.abc import Mapping
from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed, within
from tegum.ledger.findings import Untested, finding
from tegum.studies.sae_recovery.claims.shared import (
    IDENTITY,
    NEAREST,
    PRECISION,
    RANDOM,
    finite,
    fits,
    of,
)

ORTHONORMAL = 0.99
"""Least matched |cos| without superposition: as specified."""
AMPLITUDE = 0.02
"""Largest deviation of a mean amplitude from a - lambda/2, whose unit is an active feature's mean:
own choice."""


@finding(
    "frontier",
    "True directions and true codes leave no variance unexplained.",
    IDENTITY,
    kind="exact",
)
def a7_oracle(ds: xr.Dataset) -> Claim:
    unexplained = of(ds, "fvu", "oracle", level=NEAREST)
    return within(
        PRECISION,
        float(unexplained.max()),
        cases=unexplained.size,
        because="unexplained variance of true codes times true directions",
    )


@fits(
    "orthonormal",
    "Without superposition (G = d, orthonormal) every architecture recovers all directions.",
    IDENTITY,
)
def a7_orthonormal(ds: xr.Dataset) -> Claim:
    matched = of(ds, "mcc")
    return above(
        ORTHONORMAL,
        matched.min("architecture"),
        control=(RANDOM, of(ds, "mcc", "random").min("architecture")),
        because=f"least matched |cos| over architectures: {listed(matched)}",
    )


def _largest(excess: list[xr.DataArray], because: str, needs: str) -> Claim:
    values = finite(excess)
    if not values.size:
        raise Untested(needs)
    return within(PRECISION, float(values.max()), cases=values.size, because=because)


@finding(
    None,
    "Neither the order of latents nor the scale of the data changes a metric.",
    IDENTITY,
    kind="exact",
)
def a7_invariance(data: Mapping[str, xr.Dataset]) -> Claim:
    return _largest(
        [ds["invariance_error"] for ds in data.values()],
        "largest change of any metric when latents are reversed and data, codes and "
        "reconstructions are tripled",
        "needs a sweep with samples that are checked",
    )


def _amplitude(biased: bool, because: str, ds: xr.Dataset) -> Claim:
    strength = float(at(ds["sparsity"], architecture="standard"))
    active = 1 - float(ds["feature_probability"].mean()) if biased else 1.0
    off = abs(of(ds, "amplitude_deficit") - strength / 2 / active)
    return below(
        AMPLITUDE,
        at(off, architecture="standard"),
        control=("TopK, which has no penalty", at(off, architecture="topk")),
        because=because.format(strength),
    )


on_l1 = partial(fits, "orthonormal", at={"architecture": ("standard", "topk")})
closed_form = on_l1(
    "Without superposition the L1 amplitude is a - lambda/2.",
    "derived: minimum of (a - f)^2 + lambda f",
)(
    partial(
        _amplitude,
        False,
        "|mean of a - f minus lambda/2| over matched pairs that are active, lambda = {:g}",
    ),
    id="closed_form",
)
closed_form_bias = on_l1(
    "With a decoder bias, which takes up what the penalty removes on average, it is "
    "a - lambda/2 / (1 - p).",
    "derived after closed_form had failed: b = p (lambda/2 + b)",
)(partial(_amplitude, True, "the same with lambda/2 / (1 - p)"), id="closed_form_bias")


@finding(None, "The mean best |cos| is at least the matched one.", IDENTITY, kind="exact")
def mean_max(data: Mapping[str, xr.Dataset]) -> Claim:
    return _largest(
        [ds["mcc"] - ds["mmcs"] for ds in data.values()],
        "largest excess of the matched |cos| over the mean best one, all fits and controls",
        "needs a fit",
    )
