"""Findings on embeddings; losses are cross-entropies on held-out text."""

from functools import partial

import numpy as np
import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above, below, listed
from tegum.ledger.findings import finding
from tegum.statistics import rank_correlation
from tegum.studies.embedding.claims.sources import (
    AS_GOOD,
    CLUSTERED,
    CONVERGED,
    ENGELS,
    NEARLY,
    OWN,
    PROTOTYPE,
    ROW,
    THREAD,
)
from tegum.studies.embedding.schema import SEQUENCES
from tegum.studies.embedding.selection import bare, tested

CLEARLY = 0.05
"""Loss in nats by which a decoder is clearly worse: own choice."""
AS_BAD = 0.25
"""Share of the loss by random rows within which permuted rows are as bad: own choice."""
L0 = 4
"""Atoms of a code at which claims are made."""


def _final(ds: xr.Dataset, name: str, **where: object) -> xr.DataArray:
    return bare(at(tested(ds)[name].isel(checkpoint=-1), **where))


def _worse(ds: xr.Dataset, variant: str) -> xr.DataArray:
    one, learned = (_final(ds, "evaluation_loss", variant=v) for v in (variant, "learned"))
    return one - learned


def _apart(ds: xr.Dataset, variant: str) -> xr.DataArray:
    """How far a decoder's loss is from that of the one that learns its embedding."""
    return xr.ufuncs.absolute(_worse(ds, variant))


def _unlike_random(ds: xr.Dataset, variant: str) -> xr.DataArray:
    """How far from 1 a loss is, over that by random rows, both beyond the learned one's."""
    return xr.ufuncs.absolute(_worse(ds, variant) / _worse(ds, "frozen random") - 1.0)


@finding(
    "decoders",
    "A decoder around a frozen random embedding is clearly worse than one that learns it.",
    PROTOTYPE,
    converged=CONVERGED,
)
def frozen_random(ds: xr.Dataset) -> Claim:
    learned = _final(ds, "evaluation_loss", variant="learned")
    return above(
        CLEARLY,
        _worse(ds, "frozen random"),
        control=("frozen trained embedding", _worse(ds, "frozen trained")),
        unit="nats per token",
        because="held-out loss minus that of the decoder that learns its embedding, "
        f"{float(learned.mean()):.3f}; rows have the norms of the trained ones; frequencies alone "
        f"leave {float(ds['unigram'].mean()):.3f}",
    )


@finding(
    "decoders",
    "A decoder trained anew around the frozen trained embedding is about as good as the one that "
    "learned it.",
    PROTOTYPE,
    converged=CONVERGED,
    no_effect=True,
)
def frozen_trained(ds: xr.Dataset) -> Claim:
    signed = float(_worse(ds, "frozen trained").mean())
    return below(
        AS_GOOD,
        _apart(ds, "frozen trained"),
        control=("frozen random embedding", _apart(ds, "frozen random")),
        unit="nats per token",
        because="distance of the held-out loss from that of the decoder that learns its embedding; "
        f"with its sign {signed:+.3f}",
    )


@finding(
    "decoders",
    "The value of the trained embedding is in which token has which row: with its rows permuted "
    "it is as bad as random rows.",
    PROTOTYPE,
    converged=CONVERGED,
    no_effect=True,
)
def frozen_permuted(ds: xr.Dataset) -> Claim:
    base = _worse(ds, "frozen random")
    ratio = float((_worse(ds, "frozen permuted") / base).mean())
    return below(
        AS_BAD,
        _unlike_random(ds, "frozen permuted"),
        control=("frozen trained embedding", _unlike_random(ds, "frozen trained")),
        because="distance from 1 of the loss by permuted rows, beyond that of the decoder that "
        f"learns its embedding, over the same by random rows, {float(base.mean()):.3f} nats; the "
        f"ratio is {ratio:.3f}",
    )


def _coded(ds: xr.Dataset, control: str, look: int = -1) -> xr.DataArray:
    return bare(at(tested(ds)["fvu"], control=control, l0=L0).isel(checkpoint=look))


@finding(
    "decoders",
    "A sparse code of the embedding leaves less after training than before.",
    PROTOTYPE,
    at={"l0": L0},
    converged=CONVERGED,
)
def sparser(ds: xr.Dataset) -> Claim:
    def fall(control: str) -> xr.DataArray:
        return _coded(ds, "none", 0) - _coded(ds, control)

    return above(
        0.0,
        fall("none"),
        control=("Gaussian of equal covariance", fall("gaussian")),
        because=f"FVU before training ({float(_coded(ds, 'none', 0).mean()):.3f}) minus after "
        f"({float(_coded(ds, 'none').mean()):.3f}), L0 = {L0}",
    )


@finding(
    "decoders",
    "A Gaussian matrix of equal covariance is sparsely coded nearly as well as the trained "
    "embedding.",
    PROTOTYPE,
    at={"l0": L0},
    converged=CONVERGED,
    no_effect=True,
)
def gaussian_alike(ds: xr.Dataset) -> Claim:
    def gain(control: str) -> xr.DataArray:
        return 1.0 - _coded(ds, control) / _coded(ds, "gaussian")

    return below(
        NEARLY,
        gain("none"),
        control=("rows that are sparse by construction", gain("planted")),
        because="share of the Gaussian's FVU by which the embedding's is less, L0 = "
        f"{L0}; FVU of the embedding {float(_coded(ds, 'none').mean()):.3f}, of the Gaussian "
        f"{float(_coded(ds, 'gaussian').mean()):.3f}, with every dimension permuted "
        f"{float(_coded(ds, 'permuted').mean()):.3f}",
    )


@finding(
    "decoders",
    "The trained embedding is more than features in superposition: a sparse code leaves more of "
    "it than of rows that are sparse combinations by construction.",
    THREAD,
    at={"l0": L0},
    converged=CONVERGED,
)
def more_than_sparse(ds: xr.Dataset) -> Claim:
    planted = _coded(ds, "planted")
    return above(
        0.0,
        _coded(ds, "none") - planted,
        control=("Gaussian of equal covariance", _coded(ds, "gaussian") - planted),
        because="FVU of the embedding minus that of the planted rows, "
        f"{float(planted.mean()):.3f}, by as many atoms and L0 = {L0}",
    )


@finding(
    "decoders",
    "In training the variance of the embedding gathers in fewer directions.",
    PROTOTYPE,
    converged=CONVERGED,
)
def fewer_directions(ds: xr.Dataset) -> Claim:
    ratio = tested(ds)["participation_ratio"]

    def fall(control: str) -> xr.DataArray:
        before, after = at(ratio, control="none"), at(ratio, control=control)
        return bare(before.isel(checkpoint=0)) - bare(after.isel(checkpoint=-1))

    return above(
        0.0,
        fall("none"),
        control=("every dimension permuted", fall("permuted")),
        because="participation ratio before training minus after, "
        f"{float(at(ratio, control='none').isel(checkpoint=-1).mean()):.1f}",
    )


@finding(
    "decoders",
    "A random row of equal norm in place of a token's makes what follows the token harder to "
    "predict.",
    THREAD,
    converged=CONVERGED,
)
def row_matters(ds: xr.Dataset) -> Claim:
    loss = tested(ds)["row_loss"].mean("row")
    rows = tested(ds).sizes["row"]
    return above(
        ROW,
        at(loss, replacement="random"),
        control=("the row of the nearest other token", at(loss, replacement="nearest")),
        unit="nats",
        because=f"loss increase where the token is the last that is read, mean over {rows} tokens "
        "of all frequencies; " + listed(loss),
    )


@finding(
    "decoders",
    "The row of a frequent token matters more at each of its readings than that of a rare one.",
    OWN,
    converged=CONVERGED,
)
def row_frequency(ds: xr.Dataset) -> Claim:
    loss = at(tested(ds)["row_loss"], replacement="random").transpose("seed", "row").values
    frequency = ds["row_frequency"].transpose("seed", "row").values
    rng = np.random.default_rng(0)
    known = np.isfinite(loss) & np.isfinite(frequency)
    pairs = [(a[k], b[k]) for a, b, k in zip(loss, frequency, known, strict=True)]
    return above(
        0.0,
        [rank_correlation(a, b) for a, b in pairs],
        control=(
            "frequencies shuffled",
            [rank_correlation(a, rng.permutation(b)) for a, b in pairs],
        ),
        because="rank correlation of frequency and loss increase, over tokens",
    )


@finding(
    "decoders",
    "The nearest neighbour of a token's row is a token of its class (digits, words, parts of "
    "words, white space, signs).",
    THREAD,
    converged=CONVERGED,
)
def classes(ds: xr.Dataset) -> Claim:
    share = tested(ds)["same_class"]

    def lead(look: int) -> xr.DataArray:
        each = (at(share, classes=c).isel(checkpoint=look) for c in ("own", "permuted"))
        own, chance = map(bare, each)
        return own - chance

    return above(
        CLUSTERED,
        lead(-1),
        control=("before training", lead(0)),
        because="share of tokens whose nearest neighbour is of their class minus that with classes "
        "permuted over tokens, "
        f"{float(at(share, classes='permuted').isel(checkpoint=-1).mean()):.3f}",
    )


def _circle(sequence: str, ds: xr.Dataset) -> Claim:
    here = at(tested(ds), sequence=sequence).drop_vars("sequence", errors="ignore")
    lead = here["circle"] - here["circle_null"]
    p = at(here["circle_p"], stage="trained")
    return above(
        0.0,
        at(lead, stage="trained"),
        control=("before training", at(lead, stage="before training")),
        because="order around a circle of the two largest components minus the 95th percentile of "
        f"random orders; permutation p {float(p.min()):.3f} to {float(p.max()):.3f}",
    )


circles = [
    finding("decoders", f"The {name} lie on a circle in their order.", ENGELS, converged=CONVERGED)(
        partial(_circle, name), id=f"circle_{name}"
    )
    for name in SEQUENCES
]
