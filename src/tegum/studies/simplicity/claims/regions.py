"""Claims on the bits of regions. Thresholds are fixed before results are seen."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at, at_least
from tegum.ledger.claims import Claim, within
from tegum.ledger.findings import Untested, finding
from tegum.theory.regions import ALIGNMENT, EXPONENTS, LANGUAGES, N_SQUARES

FOOTNOTE = "the footnote's question, derived"
regions = partial(finding, "regions", source=FOOTNOTE, kind="exact")
EXPONENT = 0.01
"""Largest deviation of an exponent of a closed form: own choice."""


@regions("A region costs the bits of the largest cell in it.")
def bits_of_cells(ds: xr.Dataset) -> Claim:
    more = (ds["named_bits"] - ds["bits"]).values
    more = more[np.isfinite(more)]
    if not more.size:
        raise Untested("no region was searched")
    wrong = (more < -1e-9) | (more >= ALIGNMENT)
    return within(
        0,
        int(wrong.sum()),
        cases=more.size,
        because="searches of all cells between powers of 2 whose bits are not 0 to 4 more than "
        "those of the largest cell in closed form",
    )


def _per_halving(ds: xr.Dataset, shape: str, language: str) -> float:
    """Bits per halving of the width, from the two smallest widths."""
    bits = at_least(at(ds["bits"], shape=shape, language=language), halvings=2)
    last = bits.isel(halvings=slice(-2, None))
    return float(np.diff(last.values)[0] / np.diff(last["halvings"].values)[0])


@regions(
    "Per halving of its width a strip costs one bit where the language has its direction and two "
    "where it has not; a strip along a curve one and a half, whatever the direction.",
    at={"shape": tuple(EXPONENTS)},
)
def bits_of_strips(ds: xr.Dataset) -> Claim:
    apart = [
        abs(_per_halving(ds, shape, language) - expected)
        for shape, each in EXPONENTS.items()
        for language, expected in zip(LANGUAGES, each, strict=True)
    ]
    return within(
        EXPONENT,
        np.array(apart),
        because="largest deviation from 2 for squares, 1 for a normal crossing, and these",
    )


@regions(
    "Four squares cost two bits more than one square of their volume.", at={"shape": "squares"}
)
def bits_of_unions(ds: xr.Dataset) -> Claim:
    here = at(ds, shape="squares")
    excess = here["bits"] - here["volume_bits"] - np.log2(N_SQUARES)
    return within(1e-9, abs(excess), because="bits minus log2(4 / volume), all languages")
