"""Reads of blocks by blocks, by how many layers lie between them."""

import xarray as xr

from tegum.labels import at


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
