"""Hits of trained heads, and how their bigrams lie to each other, beside heads that are built."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from tegum.experiment.cell import Cell, Rows, SweepView
from tegum.metrics.geometry import cosines
from tegum.models.score_head import ScoreHead
from tegum.studies.attention_bigrams.params import MeasureTrained, Train
from tegum.studies.attention_bigrams.schema import HEADS, SCHEMAS
from tegum.synthetic.bigrams import Positions, embedding, matching, positions
from tegum.synthetic.draws import Draws
from tegum.theory.attention import welch

Array = NDArray[Any]
Maps = tuple[Array, Array]
"""Maps of keys and of queries, (head, input) each."""


def by_cell(sweep: SweepView[MeasureTrained], rows: Rows) -> xr.Dataset:
    """Measures of each cell: (cell, head)."""
    maps = rows["train"]["key"].values, rows["train"]["query"].values
    each = []
    for cell, key, query in zip(sweep.cells, *maps, strict=True):
        head = cell.upstream["train"].head
        each.append(_cell(cell, (key[:head], query[:head]), sweep.params.samples))
    found: dict[str, Any] = {name: [one[name] for one in each] for name in each[0]}
    found["loss_change"] = rows["train"]["loss_change"].values
    return SCHEMAS["measure/trained"].dataset(found, {"heads": list(HEADS)})


def _cell(cell: Cell[MeasureTrained], trained: Maps, samples: int) -> Mapping[str, Any]:
    p: Train = cell.upstream["train"]
    seed = cell.stream("data")
    bigrams = matching(p.n_matches, p.n_features, seed)
    phi = embedding(p.n_features, p.n_inputs, seed)
    exchanged = np.stack([bigrams[:, 0], np.roll(bigrams[:, 1], 1)], axis=1)
    fresh = ScoreHead(n_inputs=p.n_inputs, head=p.head, seeds=[cell.stream("init")])
    with torch.no_grad():
        untrained = fresh.key[0].numpy(), fresh.query[0].numpy()
    rng = np.random.default_rng(cell.stream("control"))
    built, projected = _built(p, phi, bigrams, rng), _projected(p, phi, bigrams, rng)
    sizes = {"n_keys": p.n_keys, "n_active": p.n_active, "n_features": p.n_features}
    asked = {
        "trained": (trained, bigrams),
        "untrained": (untrained, bigrams),
        "permuted": (trained, exchanged),
        "built": (built, bigrams),
        "projected": (projected, bigrams),
    }
    rate, overlap, match = [], [], []
    for name in HEADS:
        maps, pairs = asked[name]
        draws = Draws(cell.stream("evaluation"))
        found = positions(draws, 0, pairs, samples=samples, **sizes)
        rate.append(_hits(maps, phi, found, found.true_scores(pairs, p.n_features)))
        both = phi[pairs[:, 0]] @ maps[0].T, phi[pairs[:, 1]] @ maps[1].T
        overlap.append(np.mean([_overlap(vectors) for vectors in both]))
        unit = [v / np.linalg.norm(v, axis=1, keepdims=True) for v in both]
        match.append((unit[0] * unit[1]).sum(1).mean())
    laws = {"law_overlap": welch(p.n_matches, p.head), "random_overlap": 1.0 / p.head}
    return {"attn_hit": rate, "overlap": overlap, "match_cosine": match} | laws


def _hits(maps: Maps, phi: Array, found: Positions, true: Array) -> float:
    asked = phi[found.query].sum(1) @ maps[1].T @ maps[0]
    scores = np.einsum("ski,si->sk", phi[found.keys].sum(2), asked)
    return float((true[np.arange(len(true)), scores.argmax(1)] == true.max(1)).mean())


def _overlap(vectors: Array) -> float:
    """Mean squared cosine of distinct vectors (vector, dimension)."""
    squares = cosines(vectors) ** 2
    return float(squares[np.triu_indices(len(vectors), 1)].mean())


def _built(p: Train, phi: Array, bigrams: Array, rng: np.random.Generator) -> Maps:
    """Each bigram on a direction of its own in the head, orthogonal ones while there are enough."""
    codes = rng.standard_normal((p.n_matches, p.head))
    if p.n_matches <= p.head:
        codes = np.linalg.qr(codes.T)[0].T
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    return codes.T @ phi[bigrams[:, 0]], codes.T @ phi[bigrams[:, 1]]


def _projected(p: Train, phi: Array, bigrams: Array, rng: np.random.Generator) -> Maps:
    """The sum over bigrams, its keys through a random projection."""
    basis = np.linalg.qr(rng.standard_normal((p.n_inputs, min(p.head, p.n_inputs))))[0]
    matrix = phi[bigrams[:, 0]].T @ phi[bigrams[:, 1]]
    return basis.T, basis.T @ matrix
