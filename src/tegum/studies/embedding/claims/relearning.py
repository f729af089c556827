"""Findings on rows that are replaced by random ones and learned anew, all else as it was.

Steps are those on windows that contain the token, so that a rare token is seen as often as a
frequent one.
"""

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below
from tegum.ledger.findings import finding
from tegum.statistics import censored_median, rank_correlation
from tegum.studies.embedding.claims.sources import AS_GOOD, CONVERGED, OWN, THREAD
from tegum.studies.embedding.selection import tested

HALF = 0.5
"""Share of the loss increase that is gone when a row is relearned: the half that a half-life is
about."""
SHUFFLED = "learned on tokens in random order"


def _increase(ds: xr.Dataset, text: str, look: int) -> xr.DataArray:
    """Loss increase where the token is read last, mean over tokens."""
    return at(tested(ds)["increase"], text=text).isel(look=look).mean("row")


def _gone(ds: xr.Dataset, text: str) -> xr.DataArray:
    return 1.0 - _increase(ds, text, -1) / _increase(ds, text, 0)


@finding(
    "relearning",
    "A row that was replaced by a random one is relearned while all else stays as it is: more than "
    "half of the loss increase goes.",
    THREAD,
    converged=CONVERGED,
)
def relearned(ds: xr.Dataset) -> Claim:
    half = at(tested(ds)["half_life"], text="own")
    steps = int(ds["step"].max())
    median = censored_median(half.values, steps)
    first, last = (float(_increase(ds, "own", look).mean()) for look in (0, -1))
    return above(
        HALF,
        _gone(ds, "own"),
        control=(SHUFFLED, _gone(ds, "shuffled")),
        because=f"share of the increase that is gone after {steps} steps, {first:.2f} to "
        f"{last:.3f} nats where the token is read last, mean over {ds.sizes['row']} tokens; half "
        f"of it after {median:.0f} steps (median)",
    )


@finding(
    "relearning",
    "The relearned row is about as good as the old one.",
    OWN,
    converged=CONVERGED,
    no_effect=True,
)
def relearned_as_good(ds: xr.Dataset) -> Claim:
    overall = at(tested(ds)["overall"].mean("row"), text="own").isel(look=-1)
    return below(
        AS_GOOD,
        xr.ufuncs.absolute(_increase(ds, "own", -1)),
        control=(SHUFFLED, xr.ufuncs.absolute(_increase(ds, "shuffled", -1))),
        unit="nats",
        because="distance of the loss where the token is read last from that by the old row; over "
        f"all positions {float(overall.mean()):+.5f} nats per token",
    )


@finding(
    "relearning",
    "The relearned row points where the old one did: it is nearer to it than to any other row.",
    OWN,
    converged=CONVERGED,
)
def relearned_direction(ds: xr.Dataset) -> Claim:
    def lead(text: str) -> xr.DataArray:
        lead = at(tested(ds)["cosine"] - ds["cosine_other"], text=text)
        return lead.isel(look=-1).mean("row")

    old = at(tested(ds)["cosine"], text="own").isel(look=-1)
    return above(
        0.0,
        lead("own"),
        control=(SHUFFLED, lead("shuffled")),
        because="cosine with the old row "
        f"({float(old.mean()):.2f}) minus the largest with another token's, mean over tokens; "
        "centred rows",
    )


@finding(
    "relearning",
    "Rows of frequent tokens are relearned in fewer steps.",
    OWN,
    converged=CONVERGED,
)
def relearned_frequency(ds: xr.Dataset) -> Claim:
    half = at(tested(ds)["half_life"], text="own").transpose("seed", "row").values
    harmed = at(ds["increase"], text="own").isel(look=0).transpose("seed", "row").values > 0
    frequency = ds["row_frequency"].transpose("seed", "row").values
    late = np.where(np.isfinite(half), half, np.inf)  # half-lives that were not reached come last
    pairs = [(a[h], b[h]) for a, b, h in zip(late, frequency, harmed, strict=True)]
    rng = np.random.default_rng(0)
    return below(
        0.0,
        [rank_correlation(a, b) for a, b in pairs],
        control=(
            "frequencies shuffled",
            [rank_correlation(a, rng.permutation(b)) for a, b in pairs],
        ),
        because="rank correlation of frequency and half-life, over tokens whose random row costs "
        "something; a step reads as many windows with the token for each of them",
    )
