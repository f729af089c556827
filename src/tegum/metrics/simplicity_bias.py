"""The bound log2 P <= -a K - b on how probable a function of a complexity is.

Source: Dingle, Camargo and Louis 2018 (arXiv 1709.06166).
"""

import numpy as np


def bound(log_p: np.ndarray, each: np.ndarray, often: np.ndarray, slope: float) -> dict:
    """log2 P <= -a K - b: the slope a = log2(outputs) / largest K, b as the frequent ones allow."""
    found = {"bound_slope": slope, "bound_offset": np.nan, "envelope_slope": np.nan}
    if often.any():
        found["bound_offset"] = -(log_p + slope * each)[often].max()
        levels = np.unique(each[often])
        if len(levels) > 2:
            highest = [log_p[often & (each == level)].max() for level in levels]
            found["envelope_slope"] = -np.polyfit(levels, highest, 1)[0]
    return found


def limit(found: dict, each: np.ndarray) -> np.ndarray:
    """log2 of the largest probability that the bound allows, at most 0."""
    return np.minimum(-found["bound_slope"] * each - found["bound_offset"], 0.0)


def distance_from_uniform(ones: np.ndarray, length: int) -> float:
    """Kolmogorov's distance of numbers of ones from the uniform law on 0, ..., length - 1, times
    the root of how many there are."""
    share = np.searchsorted(np.sort(ones), np.arange(length), side="right") / len(ones)
    law = np.arange(1, length + 1) / length
    return float(np.abs(share - law).max() * len(ones) ** 0.5)
