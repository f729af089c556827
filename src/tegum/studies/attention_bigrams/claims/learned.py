"""Findings about heads that are trained: are orthogonal subspaces learned?"""

from functools import partial

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.findings import finding
from tegum.studies.attention_bigrams.claims.conditions import (
    CONVERGED,
    ORTHOGONAL,
    PACKED,
    QUESTION,
    per_seed,
)

learned = partial(finding, converged=CONVERGED)


def _learned(ds: xr.Dataset, heads: str) -> xr.Dataset:
    return at(ds, heads=heads)


@learned(
    "trained",
    "Where the head has a dimension for each bigram, training makes their directions orthogonal.",
    QUESTION,
    at={"head": [16, 32]},
)
def f5_orthogonal(trained: xr.Dataset) -> Claim:
    wide = at(trained, head=[16, 32])
    ratio, control = (
        per_seed(_learned(wide, h).overlap / wide.random_overlap) for h in ("trained", "untrained")
    )
    return below(
        ORTHOGONAL,
        ratio,
        control=("untrained heads", control),
        because="mean squared cosine of two bigrams over that of random directions; by h "
        f"{listed(_learned(wide, 'trained').overlap, 3)}; built orthogonal ones 0 by construction",
    )


@learned(
    "trained",
    "Where it has fewer, training packs them as well as the Welch bound allows.",
    QUESTION,
    at={"head": [4, 8]},
)
def f5_packed(trained: xr.Dataset) -> Claim:
    narrow = at(trained, head=[4, 8])
    ratio, control = (
        per_seed(_learned(narrow, h).overlap / narrow.law_overlap) for h in ("trained", "untrained")
    )
    return below(
        PACKED,
        ratio,
        control=("untrained heads", control),
        because="mean squared cosine of two bigrams over the Welch bound; by h "
        f"{listed(_learned(narrow, 'trained').overlap, 3)}",
    )


def _gain(over: str, trained: xr.Dataset) -> Claim:
    gain, control = (
        per_seed(_learned(trained, h).attn_hit - _learned(trained, over).attn_hit)
        for h in ("trained", "permuted")
    )
    return above(
        0.0,
        gain,
        control=("trained, asked for other bigrams", control),
        because=f"hit rate minus that of the head that is built, mean over h; trained "
        f"{listed(_learned(trained, 'trained').attn_hit)}, built "
        f"{listed(_learned(trained, over).attn_hit)} by h",
    )


GAINS = [
    learned("trained", f"Trained heads hit more often than {words}.", QUESTION)(
        partial(_gain, over), id=f"f5_gain_{over}"
    )
    for over, words in (
        ("built", "heads that are built with a direction for each bigram"),
        ("projected", "the sum over bigrams behind a random projection"),
    )
]


@learned(
    ("trained", "frozen"),
    "Heads whose map of the keys is frozen at random hit less often.",
    QUESTION,
    at={"head": 16},
)
def f5_frozen(trained: xr.Dataset, frozen: xr.Dataset) -> Claim:
    both = [at(ds.attn_hit, head=16) for ds in (trained, frozen)]
    loss, control = (
        per_seed(at(both[0], heads=h) - at(both[1], heads=h)) for h in ("trained", "untrained")
    )
    means = [float(at(hit, heads="trained").mean()) for hit in both]
    return above(
        0.0,
        loss,
        control=("untrained heads", control),
        because=f"hit rate with both maps trained, {means[0]:.2f}, minus that with one frozen, "
        f"{means[1]:.2f}, at h = 16",
    )
