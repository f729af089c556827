"""Sparse features from numbers that are pure functions of (seed, step, place).

The numbers are those of splitmix64 (Steele, Lea and Flood 2014): a hash of a counter, so that any
step of any stream is reached at once and the company of other streams does not matter.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tegum.kernels.jit import compiled

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
BLOCK = 256
"""Numbers that are drawn together."""
LOWER = np.uint64(0xFFFFFFFF)
LOG_2 = math.log(2.0)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@compiled
def mixed(word: np.uint64) -> np.uint64:
    """A hash of 64 bits."""
    word = (word ^ (word >> np.uint64(30))) * _FIRST
    word = (word ^ (word >> np.uint64(27))) * _SECOND
    return word ^ (word >> np.uint64(31))


@compiled
def fill_gaps(
    key: np.uint64, log_silent: float, words: NDArray[np.uint64], gaps: NDArray[np.float64]
) -> None:
    """Fill words that follow a key, and log(u) / log(1 - p) of the upper half u of each.

    The logarithm is that of the exponent plus the series of 2 artanh((m - 1) / (m + 1)) of the
    mantissa, to 1e-10, which compiles to vectors as the library's does not.
    """
    bits = gaps.view(np.int64)
    for k in range(BLOCK):
        words[k] = mixed(key + GOLDEN * np.uint64(k + 1))
        gaps[k] = (float(words[k] >> np.uint64(32)) + 0.5) * 2.0**-32
    scale = 1.0 / log_silent
    for k in range(BLOCK):
        exponent = float((bits[k] >> 52) - 1023)
        bits[k] = (bits[k] & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000
        mantissa = gaps[k]
        s = (mantissa - 1.0) / (mantissa + 1.0)
        q = s * s
        series = 1 / 15 + q * (1 / 17 + q / 19)
        series = 1 / 7 + q * (1 / 9 + q * (1 / 11 + q * (1 / 13 + q * series)))
        series = 1.0 + q * (1 / 3 + q * (1 / 5 + q * series))
        gaps[k] = (exponent * LOG_2 + 2.0 * s * series) * scale


@compiled
def sparse_batch(
    seed: np.uint64,
    step: int,
    largest: float,
    relative: NDArray[np.float32],
    starts: NDArray[np.int32],
    features: NDArray[np.int32],
    values: NDArray[np.float32],
) -> int:
    """Draw a batch of sparse features as a list of those that are active.

    From one candidate entry to the next it is a geometric number of entries, so that the cost is
    that of active entries. A candidate is active with the relative probability of its feature.

    Args:
        seed: of the stream.
        step: of the batch.
        largest: probability of the most probable feature.
        relative: probability of each feature over that, (feature,).
        starts: filled with the place of each sample's first entry, and the end, (sample + 1,).
        features: filled with the active features, sample by sample.
        values: filled with their values, uniform on (0, 1].

    Returns:
        How many entries are active.
    """
    n_features, batch = len(relative), len(starts) - 1
    entries = batch * n_features
    log_silent = math.log1p(-largest) if largest < 1.0 else -math.inf
    key = mixed(mixed(seed + GOLDEN) ^ (np.uint64(step) * GOLDEN))
    words, gaps = np.empty(BLOCK, dtype=np.uint64), np.empty(BLOCK, dtype=np.float64)
    left, feature, sample = entries, -1, 0
    count, last, place = 0, -1, BLOCK
    while True:
        if place == BLOCK:
            fill_gaps(key, log_silent, words, gaps)
            key += GOLDEN * np.uint64(BLOCK)
            place = 0
        gap, word = gaps[place], words[place]
        place += 1
        if gap >= left:
            break
        ahead = 1 + int(gap)
        left -= ahead
        feature += ahead
        while feature >= n_features:
            feature -= n_features
            sample += 1
        value = np.float32(((word & LOWER) >> np.uint64(8)) + np.uint64(1)) * np.float32(2.0**-24)
        if value > relative[feature]:
            continue
        while last < sample:
            last += 1
            starts[last] = count
        features[count] = feature
        values[count] = value / relative[feature]
        count += 1
    while last < batch:
        last += 1
        starts[last] = count
    return count


@compiled
def sparse_batches(
    seeds: NDArray[np.uint64],
    step: int,
    largest: NDArray[np.float64],
    relative: NDArray[np.float32],
    starts: NDArray[np.int32],
    features: NDArray[np.int32],
    values: NDArray[np.float32],
) -> int:
    """`sparse_batch` for several cells, along the first axis of all arrays; the largest count."""
    most = 0
    for cell in range(len(seeds)):
        count = sparse_batch(
            seeds[cell], step, largest[cell], relative[cell],
            starts[cell], features[cell], values[cell],
        )  # fmt: skip
        most = max(most, count)
    return most
