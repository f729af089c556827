"""Dictionaries on the inputs and the hidden pre-activations of the trained models.

Rows: per (site, dictionary) how well the true features are recovered, directions and supports
apart. The truth at site `input` is the embedding's columns, at site `hidden` those of L1 P.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.fit import fit_dictionary, scalar_scale
from tegum.dictionaries.l1 import L1
from tegum.dictionaries.topk import TopK
from tegum.labels import coordinate, variable
from tegum.metrics import reconstruction, recovery
from tegum.studies.monosemanticity.params import Dictionaries
from tegum.synthetic.tasks import SuperpositionStream
from tegum.training.plan import Plan, padded
from tegum.training.schedules import Schedule

MEASURES = {
    "mcc": "matched |cos| with the true features",
    "support_f1": "F1 of the supports",
    "l0": "active latents per sample",
    "fvu": "fraction of variance unexplained",
    "dead_fraction": "share of dead latents",
}


@dataclass(frozen=True)
class Source:
    """What one dictionary is fitted to, and what it should find."""

    fitted: np.ndarray
    """(sample, dimension)."""
    held_out: np.ndarray
    """(sample, dimension)."""
    truth: np.ndarray
    """(feature, dimension)."""
    active: np.ndarray
    """(sample, feature) bool, of the held-out samples."""
    init: int
    order: int
    """Seeds of the initial dictionary and of its minibatches."""


def run(cells: Sequence[Any], rows: Any, context: Any) -> xr.Dataset:
    """Fit every kind of dictionary at every site of each cell; returns rows (cell, ...)."""
    section: Dictionaries = cells[0].params
    found = {}
    for site in section.sites:
        sources = site_sources(cells, rows["train"], site)
        found[site] = recover(sources, section, context)
    return labelled(found, section, {})


def site_sources(cells: Sequence[Any], train: xr.Dataset, site: str) -> list[Source]:
    """Activations and truth at one site of each cell."""
    fitted, held_out = (
        _features(cells, train, purpose, samples)
        for purpose, samples in (
            ("data", cells[0].params.samples),
            ("evaluation", cells[0].params.held_out),
        )
    )
    sources = []
    for index, cell in enumerate(cells):
        row = train.isel(cell=index)
        encoder, bias = weights_at(row, site)
        embedding = row["embedding"].values
        sources.append(site_source(encoder, bias, embedding, fitted[index], held_out[index], cell))
    return sources


def weights_at(row: xr.Dataset, site: str) -> tuple[np.ndarray, np.ndarray]:
    """The affine map from inputs to a site: the identity, or the encoder and its final bias."""
    if site == "input":
        size = row.sizes["input"]
        return np.eye(size, dtype=np.float32), np.zeros(size, np.float32)
    return row["encoder"].values, row["bias"].isel(checkpoint=-1).values


def site_source(
    encoder: np.ndarray,
    bias: np.ndarray,
    embedding: np.ndarray,
    fitted: np.ndarray,
    held_out: np.ndarray,
    cell: Any,
) -> Source:
    """Push features (sample, feature) through the embedding and an affine map."""
    through = (encoder @ embedding).T
    return Source(
        fitted @ through + bias,
        held_out @ through + bias,
        through,
        held_out != 0,
        cell.stream("init"),
        cell.stream("data"),
    )


def recover(
    sources: Sequence[Source], section: Dictionaries, context: Any
) -> dict[str, np.ndarray]:
    """Fit one dictionary per source and kind, and compare it with its source's truth.

    Returns arrays (source, dictionary, ...) by name: `best_cosine` (…, feature) and `MEASURES`.
    """
    found: dict[str, list[Any]] = {n: [] for n in ("best_cosine", *MEASURES)}
    activations = torch.from_numpy(np.stack([s.fitted for s in sources])).to(context.device)
    for kind in section.kinds:
        dictionary = _fit(kind, sources, activations, section)
        parts = _compare(dictionary, sources)
        for name in found:
            found[name].append([part[name] for part in parts])
    return {name: np.moveaxis(np.asarray(values), 0, 1) for name, values in found.items()}


def labelled(
    found: dict[str, dict[str, np.ndarray]], section: Dictionaries, extra: dict[str, list[str]]
) -> xr.Dataset:
    """Rows from arrays by site; `extra` names dims between `cell` and `site`, with their values."""
    dims = ("cell", *extra, "site", "dictionary")
    shape = [len(v) for v in extra.values()]
    data = {}
    for name, long_name in {**MEASURES, "best_cosine": "best |cos| with a true feature"}.items():
        array = np.stack([found[site][name] for site in section.sites], axis=1)
        if extra:
            array = array.reshape(-1, *shape, *array.shape[1:])
        inner = ("feature",) if name == "best_cosine" else ()
        data[name] = variable((*dims, *inner), array.astype(np.float32), long_name, "1")
    names = {**extra, "site": list(section.sites), "dictionary": list(section.kinds)}
    coords = {d: coordinate(d, np.array(v, dtype=object), d) for d, v in names.items()}
    features = data["best_cosine"].shape[-1]
    coords["feature"] = coordinate("feature", np.arange(features), "feature")
    return xr.Dataset(data, coords)


def _features(cells: Sequence[Any], train: xr.Dataset, purpose: str, samples: int) -> np.ndarray:
    """Features, signed where the task is: (cell, sample, feature)."""
    upstream = cells[0].upstream["train"]
    stream = SuperpositionStream(
        task=upstream.task,
        seeds=[c.stream(purpose) for c in cells],
        n_inputs=upstream.n_inputs,
        probabilities=train["feature_frequency"].values,
        batch=samples,
        embedder_seeds=[c.stream("data") for c in cells],
    )
    return stream.latent(0).numpy()


def _fit(
    kind: str, sources: Sequence[Source], activations: Tensor, section: Dictionaries
) -> Dictionary:
    pad = padded(range(len(sources)))
    init = [sources[i].init for i in pad]
    common = {
        "n_inputs": activations.shape[2],
        "latents": section.latents,
        "seeds": init,
        "scale": scalar_scale(activations)[pad],
        "centre": activations.mean(1)[pad],
    }
    dictionary: Dictionary
    if kind == "topk":
        dictionary = TopK(k=section.top_k, **common)
    else:
        dictionary = L1(
            penalty_strength=section.penalty, warm_up=section.dictionary_steps // 3, **common
        )
    steps = section.dictionary_steps
    plan = Plan(
        steps=steps,
        learning_rate=section.dictionary_learning_rate,
        schedule=Schedule("linear_decay_second_half", steps),
        checkpoints=(steps - 1,),
    )
    order = [sources[i].order for i in pad]
    fit_dictionary(dictionary, activations, pad, order, plan, section.dictionary_batch)
    return dictionary


@torch.no_grad()
def _compare(dictionary: Dictionary, sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Every source's dictionary on its held-out activations."""
    pad = padded(list(sources))
    held_out = torch.from_numpy(np.stack([s.held_out for s in pad])).to(dictionary.scale.device)
    codes = dictionary.encode(held_out)
    rebuilt = dictionary.decode(codes).cpu().numpy()
    codes, directions = codes.cpu().numpy(), dictionary.directions().cpu().numpy()
    return [_compared(codes[i], rebuilt[i], directions[i], s) for i, s in enumerate(sources)]


def _compared(
    codes: np.ndarray, rebuilt: np.ndarray, directions: np.ndarray, source: Source
) -> dict[str, Any]:
    similarity = recovery.cosines(directions, source.truth)
    return {
        "best_cosine": similarity.max(0),
        "mcc": recovery.mcc(similarity),
        "support_f1": recovery.support_f1(codes, source.active, similarity),
        "l0": recovery.l0(codes),
        "fvu": reconstruction.fvu(source.held_out, rebuilt),
        "dead_fraction": recovery.dead_fraction(codes),
    }
