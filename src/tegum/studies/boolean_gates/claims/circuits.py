"""F4: boolean circuits of several layers, with and without a correction between them."""

import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import Untested, finding
from tegum.studies.boolean_gates.claims.shared import DERIVED, PAPER, POST, exponent

RARE, MOST = 0.01, 0.5
"""Shares of inputs with a wrong bit of a circuit that works, and of one that does not."""
EARLY = 3
"""Layers over which the growth of errors is fitted."""
INDEPENDENT = 0.15
"""Deviation of a share from that of independent failures: own choice."""
ARMS = {"correction": ("none", "clip")}


def _last(depth: xr.Dataset) -> xr.DataArray:
    """Share of inputs with a wrong bit after the last layer."""
    return depth["circuit_error"].isel(depth=-1)


@finding(
    "depth",
    "With error correction between layers a deep circuit of wide layers computes.",
    f"{POST}; {PAPER}",
    at=ARMS,
)
def f4_corrected(depth: xr.Dataset) -> Claim:
    wide = at(_last(depth), width=int(depth["width"].max()))
    return below(
        RARE,
        at(wide, correction="clip"),
        control=("no correction", at(wide, correction="none")),
        because=f"share of inputs with a wrong bit after {depth.sizes['depth']} layers of "
        f"{int(depth['width'].max())} neurons",
    )


@finding("depth", "Without error correction it does not.", POST, at=ARMS)
def f4_uncorrected(depth: xr.Dataset) -> Claim:
    wide = at(_last(depth), width=int(depth["width"].max()))
    return above(
        MOST,
        at(wide, correction="none"),
        control=("correction", at(wide, correction="clip")),
        because=f"share of inputs with a wrong bit after {depth.sizes['depth']} layers of "
        f"{int(depth['width'].max())} neurons",
    )


@finding("depth", "Without error correction errors grow from layer to layer.", POST, at=ARMS)
def f4_growth(depth: xr.Dataset) -> Claim:
    errors = at_least(depth, depth=EARLY)["depth_rms"].isel(depth=slice(EARLY))
    slopes = at(exponent(errors, "depth"), width=int(depth["width"].max()))
    return above(
        0.5,
        at(slopes, correction="none"),
        control=("correction", at(slopes, correction="clip")),
        because="slope of log error against log depth over the first three layers; errors that "
        "only add up have 1/2",
    )


@finding(
    "depth",
    "With correction layers fail independently: the share of right inputs is a power of the depth.",
    DERIVED,
    at=ARMS,
)
def f4_independent(depth: xr.Dataset) -> Claim:
    right = 1 - depth["circuit_error"]
    expected = right.isel(depth=0) ** right.sizes["depth"]
    off = abs(right.isel(depth=-1) - expected).max("width")
    return below(
        INDEPENDENT,
        at(off, correction="clip"),
        control=("no correction", at(off, correction="none")),
        because="|share of right inputs at the last layer - that at the first to the power of the "
        "depth|, the largest over widths",
    )


@finding(
    (),
    "A layer with inputs in superposition needs O~(m^(2/3)) neurons for all pairs of m inputs.",
    f"{PAPER}, abstract",
    sizes="m from 10^3 to 10^5, and a search of the least width at each, would",
)
def f4_neurons() -> Claim:
    raise Untested("an exponent up to logarithms needs several decades of m")
