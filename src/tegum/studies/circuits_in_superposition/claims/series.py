"""Findings about circuits in series: how many earlier ones are read, and how unevenly."""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.findings import finding
from tegum.ledger.readings import exponent
from tegum.studies.circuits_in_superposition.claims.conditions import (
    DERIVED,
    LAW,
    PERMUTED,
    QUESTION,
    ROOT,
    SAME,
    last,
    log,
    off_law,
    per_seed,
)

EVEN, ZIPF = 0.0, 1.0


@finding(
    "series", "In series the error is that of the law, whatever the distribution of use.", DERIVED
)
def f6_series_law(series: xr.Dataset) -> Claim:
    found = last(series.circuit_err)
    return below(
        LAW,
        off_law(series, "circuit_err", "law_err"),
        control=(PERMUTED, off_law(series, "permuted_err", "law_err")),
        because="mean |log(measured / law)| over layers; even use, measured "
        f"{listed(at(found, use_exponent=EVEN))}, law "
        f"{listed(at(last(series.law_err), use_exponent=EVEN))} by earlier circuits read",
    )


@finding(
    "series",
    "The error grows as the root of the number of earlier circuits that each reads.",
    DERIVED,
    at={"use_exponent": EVEN},
)
def f6_fan_in(series: xr.Dataset) -> Claim:
    even = at(series, use_exponent=EVEN)
    slope, control, law = (
        exponent(last(even[name]), "fan_in").values
        for name in ("circuit_err", "permuted_err", "law_err")
    )
    return below(
        ROOT,
        np.abs(slope - 0.5),
        control=(PERMUTED, np.abs(control - 0.5)),
        because=f"|exponent - 1/2| of the error in the fan-in; exponent {slope.mean():.3f}, by the "
        f"law {law.mean():.3f}",
    )


@finding(
    "series",
    "Use by Zipf's law leaves the error as it is with even use.",
    DERIVED,
    at={"use_exponent": [EVEN, ZIPF]},
)
def f6_use(series: xr.Dataset) -> Claim:
    zipf, even = (at(last(series.circuit_err), use_exponent=e) for e in (ZIPF, EVEN))
    other = at(last(series.permuted_err), use_exponent=ZIPF)
    return below(
        SAME,
        per_seed(abs(log(zipf / even))),
        control=(PERMUTED, per_seed(abs(log(other / even)))),
        because=f"mean |log ratio| of the errors; by earlier circuits read, Zipf {listed(zipf)}, "
        f"even {listed(even)}",
    )


@finding(
    "series",
    "With Zipf's law errors have longer tails, since many circuits share what a hub leaks.",
    QUESTION,
    at={"use_exponent": [EVEN, ZIPF]},
)
def f6_use_tail(series: xr.Dataset) -> Claim:
    tail = last(series.err_quantile)
    before = series.err_quantile.isel(layer=0)
    longer, control = (
        per_seed(at(v, use_exponent=ZIPF) - at(v, use_exponent=EVEN)) for v in (tail, before)
    )
    return above(
        0.0,
        longer,
        control=("before the first layer", control),
        because=f"99th percentile over the rms, Zipf minus even; Zipf "
        f"{listed(at(tail, use_exponent=ZIPF))} by earlier circuits read",
    )
