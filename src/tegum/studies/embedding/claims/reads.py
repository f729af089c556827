"""Findings on how many layers ahead an output is read; losses are those on held-out text."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.claims import Claim, above
from tegum.ledger.findings import finding
from tegum.studies.embedding.claims.sources import CONVERGED, HORIZON, OWN
from tegum.studies.embedding.selection import by_distance, tested

MOST = 0.5
"""Share of what all later blocks read that is most of it: own choice."""
READ = 0.01
"""Loss in nats per token at which an output is read: own choice."""


def _apart_by(ds: xr.Dataset, cut: str) -> list[xr.DataArray]:
    """Loss increase when a block does not see the output of another, by distance from 1 on."""
    here = at(by_distance(tested(ds)["increase"]), cut=cut).drop_vars("cut")
    return [at(here, distance=d).drop_vars("distance") for d in here["distance"].values]


def _from_embedding(ds: xr.Dataset, cut: str) -> list[xr.DataArray]:
    """Loss increase when a block does not see the embedding, per block."""
    here = at(tested(ds)["increase"], cut=cut, writer=0).drop_vars(["cut", "writer"])
    return [at(here, reader=r).drop_vars("reader") for r in range(1, here.sizes["reader"])]


@finding(
    "horizon",
    "The output of a layer is read less by blocks that are further behind it.",
    HORIZON,
    converged=CONVERGED,
)
def reads_fall(ds: xr.Dataset) -> Claim:
    def fall(cut: str) -> xr.DataArray:
        each = _apart_by(ds, cut)
        return each[0] - each[-1]

    each = enumerate(_apart_by(ds, "mean"), start=1)
    told = ", ".join(f"{d}: {float(v.mean()):.3f}" for d, v in each)
    return above(
        0.0,
        fall("mean"),
        control=("random direction of equal norm", fall("random")),
        unit="nats per token",
        because="loss increase when the next block alone does not see a block's output minus that "
        f"when the furthest alone does not; by distance {told}",
    )


@finding(
    "horizon",
    "Most of what blocks read of the embedding the first of them reads.",
    HORIZON,
    converged=CONVERGED,
)
def first_reader(ds: xr.Dataset) -> Claim:
    def share(cut: str) -> xr.DataArray:
        each = _from_embedding(ds, cut)
        return each[0] / sum(each[1:], each[0])

    return above(
        MOST,
        share("mean"),
        control=("random direction of equal norm", share("random")),
        because="loss increase when the first block alone does not see the embedding, over the sum "
        "of those of all blocks",
    )


@finding(
    "horizon",
    "Blocks read outputs that were written two or more layers before.",
    HORIZON,
    converged=CONVERGED,
)
def read_beyond(ds: xr.Dataset) -> Claim:
    def far(cut: str) -> xr.DataArray:
        return xr.concat(_apart_by(ds, cut)[1:], "distance").mean("distance")

    return above(
        READ,
        far("mean"),
        control=("random direction of equal norm", far("random")),
        unit="nats per token",
        because="loss increase when one block alone does not see the output of another, mean over "
        "distances from 2 on",
    )


@finding(
    "horizon",
    "A block does better without an output than with the output of another position.",
    OWN,
    converged=CONVERGED,
)
def content_read(ds: xr.Dataset) -> Claim:
    mean, shuffled, random = (_apart_by(ds, c)[0] for c in ("mean", "shuffled", "random"))
    return above(
        0.0,
        shuffled - mean,
        control=("random direction of equal norm", random - mean),
        unit="nats per token",
        because="loss increase when the next block alone sees a block's output of another "
        "position, minus that when it sees the mean output",
    )
