"""What varying numbers of active bits do: they need another construction."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, within
from tegum.ledger.findings import finding
from tegum.studies.boolean_gates.claims.shared import (
    AGREEMENT,
    COMMENTS,
    DERIVED,
    off_law,
    pooled,
)
from tegum.theory import gates as law

MORE = 1.2
"""Ratio of errors beyond which a spread of the numbers counts: own choice."""
WIDEST = 2
EXACTLY = 0
COUNTS = (2, 3, 4, 5, 6)
LEAST = 1e-3
"""Root mean square bias that counts as one: own choice."""


@finding(
    (),
    "No weights of the four patterns, a constant and the number of active bits make a readoff of "
    "normal layers unbiased for several numbers of active bits.",
    COMMENTS,
    kind="exact",
)
def varying_none_unbiased() -> Claim:
    found = [law.mixture_bias(target, COUNTS) for target in law.TARGETS.values()]
    return within(
        0,
        sum(bias < LEAST for bias in found),
        cases=len(found),
        unit="violations",
        because="root mean square bias of the least squares over s = 2, …, 6: "
        + ", ".join(f"{b:.3f} ({g})" for b, g in zip(found, law.TARGETS, strict=True)),
    )


@finding(
    "spread",
    "Errors at varying numbers of active bits are those of the closed form.",
    DERIVED,
    kind="exact",
)
def varying_law(spread: xr.Dataset) -> Claim:
    return within(
        AGREEMENT,
        off_law(spread),
        because="largest relative deviation of the root mean square error over all seeds",
    )


def _growth(ds: xr.Dataset) -> xr.DataArray:
    """Error at the widest spread over that at a fixed number."""
    errors = pooled(at(ds, control="none"))
    return at(errors, spread=WIDEST) / at(errors, spread=EXACTLY)


BOTH = {"spread": (EXACTLY, WIDEST)}


@finding(
    ("spread", "binary_spread"),
    "A readoff for a fixed number of active bits is biased where the number varies.",
    COMMENTS,
    at=BOTH | {"readoff": "fixed"},
)
def varying_biased(spread: xr.Dataset, binary_spread: xr.Dataset) -> Claim:
    return above(
        MORE,
        _growth(at(spread, readoff="fixed")).min("gate"),
        control=("sparse construction", _growth(binary_spread)),
        because="error at s = 2, …, 6 over that at s = 4, the smaller of both gates",
    )


@finding(
    ("spread", "binary_spread"),
    "The sparse construction needs no fixed number of active bits.",
    DERIVED,
    at=BOTH | {"readoff": "fixed"},
)
def varying_binary(spread: xr.Dataset, binary_spread: xr.Dataset) -> Claim:
    return below(
        MORE,
        _growth(binary_spread),
        control=("Gaussian readoff", _growth(at(spread, readoff="fixed", gate="and"))),
        because="error at s = 2, …, 6 over that at s = 4",
    )


@finding(
    "spread",
    "A constant and the number of active bits as features reduce the error.",
    f"{COMMENTS}; least squares over the numbers",
    at=BOTH | {"readoff": ("fixed", "mixture")},
)
def varying_mixture(spread: xr.Dataset) -> Claim:
    errors = pooled(at(spread, control="none")).max("gate")
    ratio = at(errors, readoff="mixture") / at(errors, readoff="fixed")
    return below(
        1.0,
        at(ratio, spread=WIDEST),
        control=("a fixed number", at(ratio, spread=EXACTLY)),
        because="error of the mixture readoff over that of the fixed one, s = 2, …, 6",
    )
