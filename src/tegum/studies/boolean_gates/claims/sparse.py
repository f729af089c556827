"""F2: the sparse binary construction, for all pairs and for listed ones."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding
from tegum.studies.boolean_gates.claims.shared import (
    AGREEMENT,
    DERIVED,
    PERMUTED,
    POST,
    PROTOTYPE,
    deviation,
    exponent,
    off_law,
    values,
)

USUAL = 4.0
"""c of wires with probability c / sqrt(d): sixteen neurons for a pair."""
FEW = 2.0
"""c at which only four neurons serve a pair."""
UNIVERSAL = {"targeted": False, "wires": USUAL}
NEAR_ONE = 0.9
"""Largest error that still counts as one: a pair without a neuron has an error of exactly one."""
BIAS = 0.25
"""Relative deviation of the ones' bias from p (s - 2): own choice ("about")."""
TIMES = 2.0
"""The lower end of "two to three times" of the prototype."""


@finding(
    "wiring",
    "Errors of the sparse binary readoff are those of binomial sums.",
    DERIVED,
    kind="exact",
    at={"targeted": False},
)
def f2_law(wiring: xr.Dataset) -> Claim:
    return within(
        AGREEMENT,
        off_law(at(wiring, targeted=False)),
        because="largest relative deviation of the root mean square error over all seeds",
    )


def _zeros(ds: xr.Dataset) -> xr.DataArray:
    return at(ds["class_rms"], output="0")


@finding(
    "wiring", "The error of the zeros falls with the number of neurons.", PROTOTYPE, at=UNIVERSAL
)
def f2_falls(wiring: xr.Dataset) -> Claim:
    slopes = exponent(_zeros(at(wiring, **UNIVERSAL)), "width")
    return below(
        0.0,
        at(slopes, control="none"),
        control=("affine readoff of the inputs", at(slopes, control="affine")),
        because=f"slope of log error against log width, d = {values(wiring, 'width')}; p = "
        "4/sqrt(d)",
    )


@finding("wiring", "It falls more slowly than 1/sqrt(d).", PROTOTYPE, at=UNIVERSAL)
def f2_slower(wiring: xr.Dataset) -> Claim:
    slopes = at(exponent(_zeros(at(wiring, targeted=[False, True])), "width"), control="none")
    slopes = at(slopes, wires=USUAL)
    return above(
        -0.5,
        at(slopes, targeted=False),
        control=("targeted gates", at(slopes, targeted=True)),
        because="slope of log error against log width",
    )


@finding("wiring", "Ones carry a bias of about p (s - 2), s = 3.", PROTOTYPE, at=UNIVERSAL)
def f2_bias(wiring: xr.Dataset) -> Claim:
    ds = at(wiring, **UNIVERSAL)
    expected = USUAL / np.sqrt(ds["width"].astype(float))
    off = abs(at(ds["error_mean"], case="11") / expected - 1).mean("width")
    return below(
        BIAS,
        at(off, control="none"),
        control=(PERMUTED, at(off, control="permuted")),
        because="relative deviation, mean over d",
    )


@finding(
    "wiring",
    "With p = 2/sqrt(d), four neurons for a pair whatever d, the largest error stays at one or "
    "more.",
    PROTOTYPE,
    at={"targeted": False, "wires": (FEW, USUAL)},
)
def f2_four(wiring: xr.Dataset) -> Claim:
    ds = at(wiring, targeted=False, control="none")
    most = ds["error_largest"].min("width")
    return above(
        NEAR_ONE,
        at(most, wires=FEW),
        control=("p = 4/sqrt(d)", at(most, wires=USUAL)),
        because="the smallest over d of the largest error",
    )


@finding(
    ("wiring", "width"),
    "At s = 3 the sparse construction beats the Gaussian one by two to three times in deviation.",
    PROTOTYPE,
    at={"targeted": False, "wires": USUAL, "gate": "and"},
)
def f2_better(wiring: xr.Dataset, width: xr.Dataset) -> Claim:
    ratio = deviation(at(width, gate="and")) / deviation(at(wiring, **UNIVERSAL))
    shown = ", ".join(f"{float(v):.1f}" for v in at(ratio, control="none").mean("seed"))
    ratio = ratio.mean("width")
    return above(
        TIMES,
        at(ratio, control="none"),
        control=(PERMUTED, at(ratio, control="permuted")),
        because=f"mean over d; {shown} at d = {values(width, 'width')}",
    )


@finding(
    "wiring",
    "Targeted gates, of which only listed pairs are wired, have smaller errors than universal ones "
    "with as many neurons for a pair.",
    POST,
    at={"wires": USUAL, "targeted": (False, True)},
)
def targeted_better(wiring: xr.Dataset) -> Claim:
    zeros = _zeros(at(wiring, wires=USUAL, width=int(wiring["width"].max())))
    ratio = at(zeros, targeted=False) / at(zeros, targeted=True)
    return above(
        1.0,
        at(ratio, control="none"),
        control=(PERMUTED, at(ratio, control="permuted")),
        because=f"error of the zeros, universal over targeted, d = {int(wiring['width'].max())}; "
        "64 gates of 64 inputs",
    )


@finding(
    "wiring",
    "The error of targeted gates falls as the root of the number of neurons.",
    DERIVED,
    at={"wires": USUAL, "targeted": (False, True)},
)
def targeted_exponent(wiring: xr.Dataset) -> Claim:
    slopes = at(exponent(_zeros(at(wiring, wires=USUAL)), "width"), control="none")
    return below(
        -0.4,
        at(slopes, targeted=True),
        control=("universal gates", at(slopes, targeted=False)),
        because="slope of log error of the zeros against log width",
    )
