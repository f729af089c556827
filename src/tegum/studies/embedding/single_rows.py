"""Tokens whose row is replaced, and what replaces it."""

import numpy as np
from torch import Tensor

Array = np.ndarray


def chosen(words: Tensor, frequency: Array, count: int, least_count: int) -> Array:
    """Tokens, evenly spaced in the rank of their frequency, the most frequent first.

    Args:
        words: windows (sample, position), one longer than a model reads.
        frequency: of each token in the text, (token,).
        count: how many tokens; none where none is read as often.
        least_count: times that such a token is read in the windows at least.
    """
    counts = np.bincount(words[:, :-1].flatten().numpy(), minlength=len(frequency))
    often = np.flatnonzero(counts >= least_count)
    often = often[np.argsort(-frequency[often], kind="stable")]
    places = np.linspace(0, len(often) - 1, count).round().astype(int) if len(often) else []
    return often[places]


def random_row(row: Array, rng: np.random.Generator) -> Array:
    """A row in a random direction, as long as another, (width,)."""
    drawn = rng.standard_normal(len(row))
    return drawn * (np.linalg.norm(row) / np.linalg.norm(drawn))
