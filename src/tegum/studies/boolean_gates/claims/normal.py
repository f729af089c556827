"""F1: layers of normal weights, and the affine readoff of the inputs that needs no layer."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding
from tegum.studies.boolean_gates.claims.shared import (
    AGREEMENT,
    CLOSE,
    COMMENTS,
    DERIVED,
    PERMUTED,
    POST,
    PROTOTYPE,
    exponent,
    off_law,
    pooled,
    values,
)
from tegum.theory import gates as law
from tegum.theory.gates_checks import moments_by_quadrature

TEN = 10.0
"""The constant that Mendel guesses."""
BIASED = 0.05
"""Mean error that still counts as none: own choice, a twentieth of the gate's range."""
EXTREME = 0.25
"""Relative deviation of the largest error from sqrt(2 ln N) deviations: own choice."""


@finding(
    (),
    "The four-case linear system has a closed form.",
    DERIVED,
    kind="exact",
)
def f1_system() -> Claim:
    sizes = (3, 4, 6, 12)
    off = [np.abs(law.case_moments(s)[0] - moments_by_quadrature(s)).max() for s in sizes]
    return within(
        1e-9,
        np.array(off),
        cases=16 * len(sizes),
        because=f"largest deviation of A from quadrature, s = {', '.join(map(str, sizes))}",
    )


@finding(
    ("width", "active", "inputs"),
    "Errors of the Gaussian readoff are those of the closed form, in every case, at every width "
    "and number of bits.",
    DERIVED,
    kind="exact",
)
def f1_law(width: xr.Dataset, active: xr.Dataset, inputs: xr.Dataset) -> Claim:
    off = [off_law(ds) for ds in (width, active, inputs)]
    return within(
        AGREEMENT,
        max(float(one.max()) for one in off),
        cases=sum(one.size for one in off),
        because="largest relative deviation of the root mean square error over all seeds",
    )


def _exponent(gate: str, width: xr.Dataset) -> Claim:
    slopes = exponent(pooled(at(width, gate=gate)), "width")
    return below(
        CLOSE - 0.5,
        at(slopes, control="none"),
        control=(PERMUTED, at(slopes, control="permuted")),
        because=f"slope of log error against log width, d = {values(width, 'width')}",
    )


EXPONENTS = [
    finding(
        "width",
        f"The error of {gate.upper()} falls as the root of the number of neurons.",
        COMMENTS,
        at={"gate": gate},
    )(partial(_exponent, gate), id=f"f1_exponent_{gate}")
    for gate in law.TARGETS
]


@finding(
    ("inputs", "active"),
    "The error does not depend on the number of bits.",
    PROTOTYPE,
    no_effect=True,
)
def f1_inputs(inputs: xr.Dataset, active: xr.Dataset) -> Claim:
    slopes = [
        abs(exponent(at(pooled(ds), control="none"), axis)).max("gate")
        for ds, axis in ((inputs, "n_inputs"), (active, "n_active"))
    ]
    return below(
        CLOSE,
        slopes[0],
        control=("number of active bits instead", slopes[1]),
        because="|slope| of log error against log m, the larger of both gates, "
        f"m = {values(inputs, 'n_inputs')}",
    )


def _constant(ds: xr.Dataset) -> xr.DataArray:
    """Root mean square error times the root of the width, which the params of the sweep say."""
    return pooled(ds) * np.sqrt(ds["width"].astype(float))


@finding("active", "The constant of the error grows with the number of active bits.", PROTOTYPE)
def f1_active(active: xr.Dataset) -> Claim:
    slopes = exponent(pooled(active), "n_active").min("gate")
    return above(
        0.0,
        at(slopes, control="none"),
        control=("affine readoff of the inputs", at(slopes, control="affine")),
        because="slope of log error against log s, the smaller of both gates, "
        f"s = {values(active, 'n_active')}",
    )


@finding(
    "active",
    "It grows at least in proportion to the number of active bits.",
    DERIVED,
)
def f1_active_linear(active: xr.Dataset) -> Claim:
    slopes = exponent(pooled(at(active, gate="and")), "n_active")
    return above(
        1.0,
        at(slopes, control="none"),
        control=("affine readoff of the inputs", at(slopes, control="affine")),
        because="slope of log error against log s, AND",
    )


@finding("active", "The constant is larger for XOR than for AND.", PROTOTYPE)
def f1_xor(active: xr.Dataset) -> Claim:
    errors = pooled(active)
    ratio = (at(errors, gate="xor") / at(errors, gate="and")).min("n_active")
    return above(
        1.0,
        at(ratio, control="none"),
        control=(PERMUTED, at(ratio, control="permuted")),
        because="error of XOR over that of AND, the smallest over s",
    )


def _below_ten(gate: str, n_active: int, width: xr.Dataset) -> Claim:
    constant = _constant(at(width, gate=gate)).mean("width")
    expected = np.sqrt((law.gaussian_constant(law.TARGETS[gate], n_active) ** 2).mean())
    return below(
        TEN,
        at(constant, control="none"),
        control=("affine readoff of the inputs", at(constant, control="affine")),
        because=f"root mean square error times sqrt(d), mean over d; closed form {expected:.2f}",
    )


CONSTANTS = [
    finding(
        "width",
        f"The constant of the error of {gate.upper()} is below ten, with three active bits.",
        f"{COMMENTS} (a guess)",
        at={"gate": gate},
    )(partial(_below_ten, gate, 3), id=f"f1_constant_{gate}")
    for gate in law.TARGETS
]


@finding("width", "The readoff is unbiased at the number of active bits it is made for.", PROTOTYPE)
def f1_unbiased(width: xr.Dataset) -> Claim:
    largest = int(width["width"].max())
    mean = abs(at(width["error_mean"], width=largest)).max(("case", "gate"))
    return below(
        BIASED,
        at(mean, control="none"),
        control=(PERMUTED, at(mean, control="permuted")),
        because=f"|mean error|, the largest over cases and gates, d = {largest}",
    )


@finding("width", "The largest error is about sqrt(2 ln N) standard deviations.", PROTOTYPE)
def f1_extreme(width: xr.Dataset) -> Claim:
    ds = at(width, gate="and")
    ratio = ds["error_largest"] / at(ds["class_rms"], output="0")
    off = abs(ratio / law.expected_largest(ds["count"]) - 1).mean("width")
    typical = float(at(ratio, control="none").mean())
    return below(
        EXTREME,
        at(off, control="none"),
        control=(PERMUTED, at(off, control="permuted")),
        because=f"relative deviation of the largest of N errors from the law, mean over d; it is "
        f"{typical:.2f} deviations, the law says "
        f"{float(law.expected_largest(ds['count'].mean())):.2f}",
    )


AFFINE = "affine readoff directly from the inputs"


def _affine(gate: str, least: float, wrong: float, width: xr.Dataset) -> Claim:
    seen = at(width["threshold_error"], gate=gate, control="affine")
    bound = law.affine_error(law.TARGETS[gate])
    off = max(abs(bound - least), float(abs(seen - wrong).max()))
    return within(
        1e-6,
        off,
        cases=seen.size,
        because=f"least largest error {bound:.3f} by linear programming, {least} by hand; beyond "
        f"1/2 on the wrong side in {float(seen.mean()):.3f} of the fitted ones",
    )


AFFINES = [
    finding("width", statement, f"{POST}; {AFFINE}", kind="exact", at={"gate": gate})(
        partial(_affine, gate, least, wrong), id=f"affine_{gate}"
    )
    for gate, least, wrong, statement in (
        ("and", 0.25, 0.0, "An affine readoff of the inputs tells AND, with errors of 1/4."),
        ("xor", 0.5, 0.5, "An affine readoff of the inputs says nothing of XOR."),
    )
]


@finding(
    "superposed",
    "With inputs in superposition the error is that of the closed form, which knows their "
    "overlaps.",
    DERIVED,
    kind="exact",
)
def superposed_law(superposed: xr.Dataset) -> Claim:
    return within(
        AGREEMENT,
        off_law(superposed),
        because="largest relative deviation of the root mean square error over all seeds",
    )


@finding(
    "superposed",
    "Inputs in superposition add an error that falls as the root of their dimensions.",
    DERIVED,
)
def superposed_exponent(superposed: xr.Dataset) -> Claim:
    whole = pooled(superposed)
    drawn = pooled(superposed, "law_deviation")
    excess = xr.ufuncs.sqrt((whole**2 - drawn**2).clip(min=1e-12))
    slopes = exponent(excess, "n_dimensions")
    return below(
        -0.4,
        at(slopes, control="none"),
        control=(PERMUTED, at(slopes, control="permuted")),
        because="slope against the dimensions of the error beyond that of drawing the layer, "
        f"{values(superposed, 'n_dimensions')} of 512 inputs",
    )
