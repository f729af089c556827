"""What rows hold until it is measured."""

from collections.abc import Mapping

import numpy as np

from tegum.data.schema import Layout


def unmeasured(layout: Layout, count: int, sizes: Mapping[str, int]) -> dict[str, np.ndarray]:
    """An array (count, ...) for each variable: NaN, or 0 where it holds whole numbers.

    Args:
        layout: name to (inner dims, dtype, ...).
        sizes: of the inner dims.
    """
    found = {}
    for name, (dims, dtype, *_) in layout.items():
        shape = (count, *(sizes[d] for d in dims))
        kind = np.dtype(dtype)
        found[name] = np.full(shape, np.nan) if kind.kind == "f" else np.zeros(shape, kind)
    return found
