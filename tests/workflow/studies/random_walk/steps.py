"""Imported by train only."""

import numpy as np


def walk(seed, drift, steps):
    """One walk."""
    return np.cumsum(np.random.default_rng(seed).normal(drift, 1.0, steps))
