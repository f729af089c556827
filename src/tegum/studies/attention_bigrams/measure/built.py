"""Noise, hits and attention of score matrices that are sums over bigrams, beside their laws."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.studies.attention_bigrams.params import MeasureBuilt
from tegum.studies.attention_bigrams.schema import CONTROLS, SCHEMAS
from tegum.synthetic.bigrams import Positions, embedding, positions, random_bigrams
from tegum.synthetic.draws import Draws
from tegum.theory import attention as theory

Array = NDArray[Any]
RATE = 0.9
"""Hit rate at which a matrix is full."""


def by_cell(sweep: SweepView[MeasureBuilt], rows: Rows) -> xr.Dataset:
    """Measures and laws of each cell; `rows` is empty."""
    each = [_cell(cell) for cell in sweep.cells]
    found: dict[str, Any] = {name: [one[name] for one in each] for name in each[0]}
    coords = {"control": list(CONTROLS), "beta": sweep.cells[0].params.betas}
    return SCHEMAS["measure/built"].dataset(found, coords)


def _cell(cell: Cell[MeasureBuilt]) -> dict[str, Any]:
    p = cell.params
    bigrams = random_bigrams(p.n_bigrams, p.n_features, cell.stream("data"))
    sizes = {"n_keys": p.n_keys, "n_active": p.n_active, "n_features": p.n_features}
    draws = Draws(cell.stream("evaluation"))
    found = positions(draws, 0, bigrams, samples=p.samples, n_planted=p.n_planted, **sizes)
    true = found.true_scores(bigrams, p.n_features)
    phi = embedding(p.n_features, p.n_inputs, cell.stream("init")).astype(np.float64)
    rng = np.random.default_rng(cell.stream("control"))
    exchanged = np.stack([bigrams[:, 0], rng.permutation(bigrams[:, 1])], axis=1)
    common = rng.standard_normal(p.n_inputs)
    shifted = phi + p.shift * common / np.linalg.norm(common)
    scores = {
        "none": _scores(p, phi, bigrams, found, cell.stream("control")),
        "permuted": _scores(p, phi, exchanged, found, cell.stream("control")),
        "shifted": _scores(p, shifted, bigrams, found, cell.stream("control")),
    }
    measured = [_measured(scores[control], true, p.betas) for control in CONTROLS]
    joined: dict[str, Any] = {name: [one[name] for one in measured] for name in measured[0]}
    return {**joined, **_ties(scores["none"], found, true, p.betas), **_laws(p)}


def _scores(
    p: MeasureBuilt, phi: Array, bigrams: Array, found: Positions, projection: int
) -> Array:
    """k^T W q of each key: (sample, key)."""
    ones = np.ones(len(bigrams))
    table = csr_array((ones, bigrams.T), shape=(p.n_features, p.n_features))
    matrix = phi.T @ (table @ phi)
    if p.construction == "projected":
        random = np.random.default_rng(projection).standard_normal((p.n_inputs, p.head_limit))
        basis = np.linalg.qr(random)[0]
        matrix = p.n_inputs / p.head_limit * basis @ (basis.T @ matrix)
    elif p.construction == "truncated":
        left, size, right = np.linalg.svd(matrix)
        h = p.head_limit
        matrix = (left[:, :h] * size[:h]) @ right[:h]
    each = phi @ (matrix @ phi[found.query].sum(1).T)
    return each.T[np.arange(len(found.query))[:, None, None], found.keys].sum(2)


def _measured(scores: Array, true: Array, betas: list[float]) -> Mapping[str, Any]:
    best = true == true.max(1, keepdims=True)
    hit = best[np.arange(len(best)), scores.argmax(1)].mean()
    largest = scores == scores.max(1, keepdims=True)
    cold = ((largest & best).sum(1) / largest.sum(1)).mean()
    mass = [(_softmax(beta * scores) * best).sum(1).mean() for beta in betas]
    noise = np.sqrt((scores[true == 0] ** 2).mean())
    return {"err_std": noise, "attn_hit": hit, "attn_mass": mass, "attn_mass_cold": cold}


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def _ties(scores: Array, found: Positions, true: Array, betas: list[float]) -> Mapping[str, Any]:
    """Share of the larger of the first two planted keys that are tied; NaN where none are."""
    two = found.planted.argsort(axis=1, kind="stable")[:, -2:]
    sample = np.arange(len(two))[:, None]
    tied = found.planted[sample, two].all(1) & (np.ptp(true[sample, two], axis=1) == 0)
    if not tied.any():
        return {"tie_share": [np.nan] * len(betas), "tie_share_exact": np.nan}
    pair = scores[sample, two][tied]
    largest = [_softmax(beta * pair).max(1).mean() for beta in betas]
    level = true[sample, two][tied]
    winners = level == level.max(1, keepdims=True)
    return {"tie_share": largest, "tie_share_exact": (1.0 / winners.sum(1)).mean()}


def _laws(p: MeasureBuilt) -> Mapping[str, Any]:
    """What theory says; of the best approximation of a rank it says nothing."""
    if p.construction == "truncated":
        names = ("law_std", "law_hit", "law_capacity")
        unknown = dict.fromkeys(names, np.nan) | {"law_share": [np.nan] * len(p.betas)}
    else:
        unknown = {}
    head = p.n_inputs if p.construction == "full" else p.head_limit
    noise = theory.noise_variance(p.n_bigrams, p.n_features, p.n_inputs, p.n_active, head)
    match = theory.match_variance(p.n_inputs, p.n_active, head)
    share = p.n_bigrams / (p.n_features * (p.n_features - 1))
    hit, chance = theory.hit_rate(noise, match, p.n_keys, p.n_active, share)
    tied = theory.tie_variance(noise, p.n_active, head)
    full = theory.capacity(p.n_features, p.n_inputs, p.n_active, head, p.n_keys, RATE)
    return {
        "law_std": np.sqrt(noise),
        "law_hit": hit if p.n_planted == 1 else np.nan,
        "chance": chance if p.n_planted == 1 else np.nan,
        "law_share": theory.tie_share(p.betas, tied),
        "law_capacity": full,
    } | unknown
