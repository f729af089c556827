"""Panels of the embeddings of one toy model: Gram matrix, norms, and directions in the plane."""

from typing import Any, Unpack

import numpy as np
import xarray as xr

from tegum.figures import theme
from tegum.figures.theme import Look
from tegum.labels import coordinate, variable
from tegum.metrics.geometry import aligned


def gram_panel(model: xr.Dataset, title: str) -> Any:
    """W^T W and, in the last column, the bias; of `weight` (feature, dimension) and `bias`."""
    weight = model["weight"].transpose("feature", "dimension").values
    gap = np.full(len(weight), np.nan)
    values = np.column_stack([weight @ weight.T, gap, model["bias"].values])
    look: Any = {"centre": 0.0, "limits": (-1.2, 1.2), "title": title}
    column = f"input feature; {len(weight) + 1}: bias"
    return theme.matrix(values, "W^T W, and b", "output feature", column, **look)


def norms_panel(model: xr.Dataset, title: str) -> Any:
    """Norm of each feature's embedding, coloured by its superposition; both (feature,)."""
    table = model[["norm", "superposition"]].transpose("feature")
    look: Any = {"ylim": (0.0, 1.4), "title": title}
    return theme.bars(table, "norm", "feature", "superposition", limits=(0.0, 2.0), **look)


def directions_panel(weight: xr.DataArray, set_size: int, **look: Unpack[Look]) -> Any:
    """Embeddings in the plane, (feature, dimension), as arrows by the set to which they belong.

    The first one points up.
    """
    turned = aligned(weight.transpose("feature", "dimension").values)
    first, second = turned.reshape(-1, set_size, 2).transpose(2, 0, 1)
    table = xr.Dataset(
        {
            "first": variable(("set", "member"), first, "W_i1", "1"),
            "second": variable(("set", "member"), second, "W_i2", "1"),
        },
        {"set": coordinate("set", np.arange(len(first)), "set")},
    )
    wide: Any = {"xlim": (-1.4, 1.4), "ylim": (-1.4, 1.4), **look}
    return theme.arrows(table, "second", "first", "set", **wide)
