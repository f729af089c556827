"""Arrays that measurements fill in."""

from collections.abc import Mapping

import numpy as np

from tegum.data.schema import Schema
from tegum.data.unmeasured import unmeasured


def blank(schema: Schema, count: int, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """NaN for each variable of a schema, for as many cells.

    Args:
        schema: of what is measured, whose dims begin with those of the sweep.
        count: number of cells.
        sizes: of the other dims.
    """
    inner = {name: (dims[1:], dtype) for name, (dims, dtype, *_) in schema.layout.items()}
    return unmeasured(inner, count, sizes)
