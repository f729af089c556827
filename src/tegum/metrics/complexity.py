"""Lempel-Ziv complexity of binary strings, and what a simplicity bias makes of it.

K(s) = log2(L) / 2 * (N(s) + N(reversed s)) for a string of length L, N being the number of words of
its Lempel-Ziv 1976 parsing, and K = log2(L) for the two constant strings. Source: Dingle, Camargo
and Louis 2018 (arXiv 1709.06166), supplementary note 7.
"""

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]
Floats = NDArray[np.float64]

BATCH = 512
"""Strings that are parsed together: their tables stay in the cache."""


def complexity(strings: Bits) -> Floats:
    """K in bits of binary strings: (string, place) -> (string,)."""
    length = strings.shape[1]
    both = words(strings) + words(strings[:, ::-1])
    constant = (strings == strings[:, :1]).all(1)
    return np.log2(length) * np.where(constant, 1.0, both / 2.0)


def words(strings: Bits) -> NDArray[np.int64]:
    """Words of the Lempel-Ziv 1976 parsing of binary strings: (string, place) -> (string,).

    A word is the shortest piece that does not occur in what stands before its last letter; a last
    piece that does occur counts as a word. Source: Lempel and Ziv 1976.
    """
    found = [_words(strings[i : i + BATCH]) for i in range(0, len(strings), BATCH)]
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _words(strings: Bits) -> NDArray[np.int64]:
    count, length = strings.shape
    longest = np.zeros((count, length), np.int64)
    # match[:, d - 1]: how far the text from a place agrees with that from d places before it.
    match = np.zeros((count, length), np.uint8 if length < 256 else np.uint16)
    for place in range(length - 1, 0, -1):
        same = strings[:, place - 1 :: -1] == strings[:, place, None]
        here = match[:, :place]
        here += 1
        here *= same
        longest[:, place] = here.max(1)
    start, number = np.zeros(count, np.int64), np.zeros(count, np.int64)
    while (inside := start < length).any():
        number += inside
        here = longest[np.arange(count), np.minimum(start, length - 1)]
        start += np.where(inside, here + 1, 0)
    return number
