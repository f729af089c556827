"""Tokens that exclude each other, on a circle: two dimensions hold a match for each of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.studies.attention_bigrams.params import MeasureExclusive
from tegum.studies.attention_bigrams.schema import SCHEMAS
from tegum.synthetic.bigrams import distinct
from tegum.synthetic.draws import FEATURES, Draws
from tegum.theory import attention as theory


def by_cell(sweep: SweepView[MeasureExclusive], rows: Rows) -> xr.Dataset:
    """Leads, temperatures and hits of each cell; `rows` is empty."""
    each = [_cell(cell) for cell in sweep.cells]
    found: dict[str, Any] = {name: [one[name] for one in each] for name in each[0]}
    return SCHEMAS["measure/exclusive"].dataset(found)


def _cell(cell: Cell[MeasureExclusive]) -> Mapping[str, Any]:
    """The query token g matches the key token `match[g]`, and stands where that one does."""
    p = cell.params
    angle = 2.0 * np.pi * np.arange(p.n_tokens) / p.n_tokens
    key = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    match = np.random.default_rng(cell.stream("data")).permutation(p.n_tokens)
    scores = key[match] @ key.T
    others = scores.copy()
    others[np.arange(p.n_tokens), match] = -np.inf
    return {
        "misses": float(np.count_nonzero(scores.argmax(1) != match)),
        "gap": (scores[np.arange(p.n_tokens), match] - others.max(1)).min(),
        "law_gap": theory.circle_gap(p.n_tokens),
        "beta_needed": _needed(scores[0] - scores[0, match[0]], p.mass),
        "law_beta": theory.circle_beta(p.n_tokens, p.mass),
        "hit_alone": _hits(p, scores, match, 1, cell.stream("evaluation")),
        "hit_together": _hits(p, scores, match, p.together, cell.stream("evaluation")),
    }


def _needed(behind: NDArray[np.float64], mass: float) -> float:
    """The inverse temperature at which the match gets the mass, by halving an interval."""
    low, high = 0.0, 1.0
    while 1.0 / np.exp(high * behind).sum() < mass:
        high *= 2.0
    for _ in range(100):
        middle = (low + high) / 2.0
        enough = 1.0 / np.exp(middle * behind).sum() >= mass
        low, high = (low, middle) if enough else (middle, high)
    return high


def _hits(
    p: MeasureExclusive,
    scores: NDArray[np.float64],
    match: NDArray[np.int64],
    together: int,
    seed: int,
) -> float:
    """Share of inputs in which the largest sum of scores is at a key with most matches.

    A query and each key have so many distinct tokens; one key gets a match of the query's first.
    """
    drawn = Draws(seed).uniform((p.samples, p.n_keys + 1, together), FEATURES)
    tokens = distinct(drawn, p.n_tokens)
    keys, query = tokens[:, :-1], tokens[:, -1]
    first = match[query[:, :1]]
    there = (keys[:, 0] == first).any(1, keepdims=True)
    keys[:, 0] = np.where(there, keys[:, 0], np.concatenate([first, keys[:, 0, 1:]], axis=1))
    pairs = query[:, None, None, :], keys[:, :, :, None]
    true = (match[pairs[0]] == pairs[1]).sum((2, 3))
    noisy = scores[pairs[0], pairs[1]].sum((2, 3))
    # Keys that hold one set of tokens have one score but for rounding, and one true score.
    return float((true[np.arange(len(true)), noisy.argmax(1)] == true.max(1)).mean())
