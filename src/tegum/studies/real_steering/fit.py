"""Vectors for the sentiment of reviews, and what adding them does to the next token."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray

from tegum.controls.activations import matched_gaussian
from tegum.data.unmeasured import unmeasured
from tegum.experiment.cell import Cell, Context
from tegum.interop.models import hooks
from tegum.interop.models.continued import Continued
from tegum.interop.models.places import available
from tegum.interop.models.statements import statements
from tegum.interop.models.tiny import named
from tegum.metrics.geometry import unit
from tegum.metrics.perturbations import divergence
from tegum.probes.vectors import least_squares, steering_vectors
from tegum.studies.real_steering.params import Fit
from tegum.studies.real_steering.schema import ADDED, MEASURES, SCHEMAS

Array = NDArray[np.floating]
ATTRIBUTES = "movie film i not but you he she story all it they one good".split()  # noqa: SIM905
"""Words whose presence in a text is what else is probed, where a text in ten or more differs."""
RARE = 0.1
BATCH = 16


@dataclass(frozen=True)
class Texts:
    """Texts of equal length, and what is known of them."""

    ids: NDArray[np.int64]
    """(text, position)."""
    labels: Array
    """(text, label): the sentiment first, then presence of words; 0 or 1."""
    ends: tuple[int, int]
    """The tokens of a positive and of a negative answer."""


@cache
def texts(name: str, count: int, words: int, tokens: int) -> Texts:
    """The first token of texts, and the last ones of reviews with the question."""
    model, told = named(name), statements("reviews", count, words)
    rows = [model.tokenizer(p)["input_ids"] for p in told.prefixes]
    begin = model.tokenizer("", add_special_tokens=True)["input_ids"][:1]
    kept = [[*begin, *row[len(begin) :][-(tokens - len(begin)) :]] for row in rows]
    long = [i for i, row in enumerate(kept) if len(row) == tokens]
    present = np.array(
        [[w in told.prefixes[i].lower().split() for w in ATTRIBUTES] for i in long], float
    )
    varied = (present.mean(0) >= RARE) & (present.mean(0) <= 1 - RARE)
    labels = np.column_stack([told.labels[long].astype(float), present[:, varied]])
    ends = [model.tokenizer(e, add_special_tokens=False)["input_ids"][0] for e in told.ends]
    return Texts(np.array([kept[i] for i in long]), labels, (ends[0], ends[1]))


@cache
def _activations(
    name: str, count: int, words: int, tokens: int, layers: tuple[int, ...]
) -> dict[int, Array]:
    """Those of the last tokens after these blocks: (text, width) of each."""
    model, ids = named(name), texts(name, count, words, tokens).ids
    table = hooks.chosen(model.net, layers)
    parts = [model.capture(ids[i : i + BATCH], list(table)) for i in range(0, len(ids), BATCH)]
    return {
        hooks.block_of(name): np.concatenate([part[name][:, -1].float().numpy() for part in parts])
        for name in table
    }


@lru_cache(maxsize=1)
def _read(name: str, count: int, words: int, tokens: int, test: bytes) -> Continued:
    """The steered texts, whose numbers these are; the last ones are kept, for their other block."""
    chosen = np.frombuffer(test, np.int64)
    return Continued(named(name), texts(name, count, words, tokens).ids[chosen], 0)


def run(cells: Sequence[Cell[Fit]], rows: Mapping[str, xr.Dataset], context: Context) -> xr.Dataset:
    """Steer the texts of each cell; returns rows (cell, ...), NaN without the extra."""
    sizes = {"vector": len(ADDED), "other": len(ADDED)}
    found = unmeasured(MEASURES, len(cells), sizes)
    layers = tuple(sorted({cell.params.layer for cell in cells}))
    order = sorted(range(len(cells)), key=lambda i: cells[i].seed)
    for i in order if available() else ():
        for name, value in _steered(cells[i], layers).items():
            found[name][i] = value
    found["available"][:] = available()
    names = np.array(ADDED, object)
    return SCHEMAS["fit"].dataset(found, {"vector": names, "other": names})


def vectors(x: Array, labels: Array, ridge: float, seed: int) -> tuple[Array, dict[str, Array]]:
    """Least-squares probes (label, width), and the vectors of `ADDED`, each (width,).

    Vectors are as they are defined: lengths differ.

    Args:
        x: activations, (text, width).
        labels: (text, label), of which the first one is steered.
        ridge: of the probes.
        seed: of what is drawn.
    """
    rng = np.random.default_rng(seed)
    given, known = torch.from_numpy(x), torch.from_numpy(labels)
    shuffled = torch.from_numpy(rng.permutation(labels[:, 0]))[:, None]
    found = least_squares(given, known, ridge)
    own = {n: v[0].numpy() for n, v in steering_vectors(given, known, found).items()}
    blind = steering_vectors(given, shuffled, found[:1])["mean_difference"]
    return found.numpy(), {
        "probe": found[0].numpy(),
        "mean difference": own["mean_difference"],
        "pattern": own["pattern"],
        "surgical": own["surgical"],
        "shuffled": blind[0].numpy(),
        "equal covariance": matched_gaussian(x - x.mean(0), seed, 1)[0],
        "isotropic": rng.standard_normal(x.shape[1]),
    }


def _halves(label: Array, n_test: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the texts that are fitted to, and of those that are steered, half of each kind."""
    rng = np.random.default_rng(seed)
    test = np.concatenate(
        [rng.permutation(np.flatnonzero(label == v))[: n_test // 2] for v in (0, 1)]
    )
    return np.setdiff1d(np.arange(len(label)), test), np.sort(test)


def _accuracy(probe: Array, x: Array, train: NDArray, test: NDArray, label: Array) -> float:
    read = (x - x[train].mean(0)) @ probe + label[train].mean()
    return float(((read[test] > 0.5) == (label[test] == 1)).mean())


def _steered(cell: Cell[Fit], layers: tuple[int, ...]) -> dict[str, Any]:
    p = cell.params
    which = p.model, p.texts, p.words, p.tokens
    told, x = texts(*which), _activations(*which, layers)[p.layer].astype(float)
    labels = told.labels
    train, test = _halves(labels[:, 0], p.n_test, cell.stream("data") % 2**32)
    seed = cell.stream("control") % 2**32
    anew = np.random.default_rng(seed + 1).permutation(labels[:, 0])
    readers, found = vectors(x[train], labels[train], p.ridge, seed)
    given, wanted = torch.from_numpy(x[train]), torch.from_numpy(anew[train, None])
    blind = least_squares(given, wanted, p.ridge)[0].numpy()
    units = unit(np.stack([found[name] for name in ADDED]))
    length = p.strength * float(np.linalg.norm(found["mean difference"]))
    said = _read(*which, test.tobytes()).at(p.layer)
    clean = said.logits()
    each = [
        _effect(clean, said.logits(np.broadcast_to(v * length, (len(test), x.shape[1]))), told.ends)
        for v in units
    ]
    deviation = (x[train] @ readers[1:].T).std(0)
    others = units @ readers[1:].T * length / deviation
    return {name: np.array([one[name] for one in each]) for name in each[0]} | {
        "accuracy": _accuracy(readers[0], x, train, test, labels[:, 0]),
        "accuracy_shuffled": _accuracy(blind, x, train, test, anew),
        "length": length / np.linalg.norm(x - x.mean(0), axis=1).mean(),
        "other_probes": np.sqrt(np.square(others).mean(1)),
        "cosine": units @ units.T,
    }


def _effect(clean: Array, moved: Array, ends: tuple[int, int]) -> dict[str, float]:
    """What became of logits (text, token)."""
    margins = [logits[:, ends[0]] - logits[:, ends[1]] for logits in (clean, moved)]
    cut = np.median(margins[0])
    negative = margins[0] <= cut
    change = moved - clean
    rest = np.delete(change - change.mean(1, keepdims=True), ends, axis=1)
    return {
        "gain": float((margins[1] - margins[0]).mean()),
        "flipped": float((margins[1][negative] > cut).mean()),
        "other_logits": float(np.sqrt(np.square(rest).mean())),
        "kl": float(divergence(clean, moved).mean()),
    }
