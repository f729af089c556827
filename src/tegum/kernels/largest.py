"""The k-th largest number of a row.

Numbers are dealt to twice k heaps; the k-th largest of their maxima is a bound that at least k
numbers of the row reach, and few others do: only these are searched.
"""

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

Array = NDArray[np.float32]
HEAPS = 2
"""Heaps for each number that is kept. Where a heap would have fewer than this many numbers, a row
is searched whole."""


@compiled
def kth_largest(values: Array, k: NDArray[np.int64], found: Array) -> None:
    """Fill the k-th largest number of each row.

    Args:
        values: (cell, row, place).
        k: of each cell, between 1 and the number of places.
        found: filled, (cell, row).
    """
    cells, rows, places = values.shape
    kept = np.empty(places, np.float32)
    for cell in range(cells):
        heaps = HEAPS * k[cell]
        maxima = np.empty(heaps, np.float32)
        for row in range(rows):
            numbers = values[cell, row]
            if places < HEAPS * heaps:
                kept[:] = numbers
                found[cell, row] = _select(kept, places, k[cell])
                continue
            maxima[:] = numbers[:heaps]
            for start in range(heaps, places, heaps):
                for i in range(min(heaps, places - start)):
                    maxima[i] = max(maxima[i], numbers[start + i])
            bound = _select(maxima, heaps, k[cell])
            count = 0
            for place in range(places):
                kept[count] = numbers[place]
                count += numbers[place] >= bound
            found[cell, row] = _select(kept, count, k[cell]) if count >= k[cell] else np.nan


@compiled
def _select(numbers: Array, count: int, k: int):  # a number of float32
    """The k-th largest of the first numbers, which change their order (Hoare's quickselect)."""
    low, high, wanted = 0, count - 1, k - 1
    while low < high:
        pivot = numbers[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while numbers[i] > pivot:
                i += 1
            while numbers[j] < pivot:
                j -= 1
            if i <= j:
                numbers[i], numbers[j] = numbers[j], numbers[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return numbers[wanted]
