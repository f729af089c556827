"""The k-th largest number of a row.

How many numbers of a row reach a bound is counted eight at a time; bounds are halved between one
that too many reach and one that too few do, from the result of the row before.
"""

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

Array = NDArray[np.float32]
ONE, NONE, INFINITE = np.float32(1.0), np.float32(0.0), np.float32(np.inf)
LONGEST = 1 << 24
"""Numbers of a row at most, since they are counted in single precision."""
STEP = 1 << 20
"""The first step away from the result of the row before: a sixteenth to an eighth of it."""
LOWEST, HIGHEST = -0x7F800002, 0x7F800001
"""Below the key of minus infinity, and above that of infinity."""


@compiled
def kth_largest(values: Array, k: NDArray[np.int64], found: Array) -> None:
    """Fill the k-th largest number of each row; NaN where a row has fewer numbers.

    Single-precision numbers are in the order of their bits, read as whole numbers: these are the
    keys that are halved.

    Args:
        values: (cell, row, place), of at most `LONGEST` places.
        k: of each cell, between 1 and the number of places.
        found: filled, (cell, row).
    """
    cells, rows, places = values.shape
    bits = np.zeros(1, np.int32)
    number = bits.view(np.float32)
    for cell in range(cells):
        wanted, key = np.float32(k[cell]), 0
        for row in range(rows):
            numbers = values[cell, row]
            low, high, step, reached = LOWEST, HIGHEST, STEP, -ONE
            while high - low > 1:
                bits[0] = key if key >= 0 else -0x80000001 - key
                bound, reached = number[0], NONE
                for i in range(places):
                    reached += ONE if numbers[i] >= bound else NONE
                if reached == wanted:
                    break
                if reached > wanted:
                    low = key
                    key = min(low + step, (low + high) // 2)
                    if high != HIGHEST:
                        key = (low + high) // 2
                else:
                    high = key
                    key = max(high - step, (low + high) // 2)
                    if low != LOWEST:
                        key = (low + high) // 2
                step *= 2
            if reached != wanted:  # several numbers are equal to the k-th
                key = low
                bits[0] = key if key >= 0 else -0x80000001 - key
            bound, nearest = number[0], INFINITE
            for i in range(places):
                nearest = min(nearest, numbers[i] if numbers[i] >= bound else INFINITE)
            found[cell, row] = nearest if key > LOWEST else np.float32(np.nan)
            key = max(key, LOWEST + 1)
