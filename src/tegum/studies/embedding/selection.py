"""What findings and figures select: rows that were made, and reads by distance."""

import xarray as xr

from tegum.labels import at
from tegum.ledger.findings import Untested

UNUSED = ["control", "l0", "step", "classes", "variant"]


def bare(values: xr.DataArray) -> xr.DataArray:
    """Without coordinates of what was selected, by which arrays that are compared differ."""
    return values.drop_vars(UNUSED, errors="ignore")


def tested(ds: xr.Dataset) -> xr.Dataset:
    """The same rows, where their text was there.

    Raises:
        Untested: where it was not.
    """
    if not (ds["available"] == 1).all():
        raise Untested(
            "the text (sources of an installed package) was missing, or was another than the "
            "parameters name, when these rows were made: install the locked packages, then run "
            "snakemake embedding"
        )
    return ds


def by_distance(increase: xr.DataArray) -> xr.DataArray:
    """Loss increases (..., writer, reader) by the distance of blocks: (distance, ...).

    Mean over the blocks that have a block so far behind them. Left out are the embedding, which
    says which token is there and is read by the first block before all, and the unembedding, which
    reads everything.
    """
    blocks = increase.sizes["reader"] - 1
    distances = range(1, blocks)
    found = []
    for distance in distances:
        pairs = [(w, w + distance) for w in range(1, blocks - distance + 1)]
        each = [at(increase, writer=w, reader=r).drop_vars(["writer", "reader"]) for w, r in pairs]
        found.append(xr.concat(each, "pair").mean("pair"))
    return xr.concat(found, "distance").assign_coords(distance=list(distances))
