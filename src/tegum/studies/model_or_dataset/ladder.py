"""Dictionaries where one kind of structure is gone, or that learn only in part, along `control`.

All are fitted as that of `fit` is, from the same beginnings with the same minibatches; FVU does not
change with the scale of the activations, which are brought to E|x|^2 = 1 for the fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.controls import activations as on_activations
from tegum.controls import inputs as on_inputs
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.quality import RECOVERY, coded
from tegum.experiment.cell import Cell, Context
from tegum.labels import variable
from tegum.metrics import recovery
from tegum.studies.model_or_dataset import quality
from tegum.studies.model_or_dataset.activations import Reading, readings, stream
from tegum.studies.model_or_dataset.dictionaries import FROZEN, by_architecture, fitted
from tegum.studies.model_or_dataset.models import (
    KEPT,
    WEIGHT_CONTROLS,
    Weights,
    controlled,
    rules,
)
from tegum.studies.model_or_dataset.params import Control, Fit, Train
from tegum.studies.model_or_dataset.train import cross_entropy

Array = np.ndarray
INPUTS = ("unigram", "uniform", "markov")
DECODED = ("permuted_latents", "random_decoder")
ACTIVATIONS = ("gaussian", "permuted_dimensions", *DECODED)
LEARNING = (*FROZEN, "soft_frozen_decoder")
FAMILIES = {
    **dict.fromkeys(WEIGHT_CONTROLS, "weights"),
    **{f"{name}{KEPT}": "weights" for name in WEIGHT_CONTROLS},
    **dict.fromkeys(INPUTS, "inputs"),
    **dict.fromkeys(ACTIVATIONS, "activations"),
    **dict.fromkeys(LEARNING, "learning"),
}
"""What each control changes."""


@dataclass(frozen=True)
class Source:
    """What one dictionary is fitted to and measured on."""

    fitted: Array
    held_out: Array
    """Both (sample, dimension)."""
    truth: Array | None = None
    """The directions (latent, dimension) that the activations are made of, where they are known."""
    cross_entropy: float = np.nan
    """Of the model, where its weights have been changed."""


@dataclass(frozen=True)
class Bench:
    """A language model, and what is left of its activations where some structure is gone."""

    cell: Cell[Control]
    params: Train
    fit: Fit
    reading: Reading
    device: str
    made: dict[str, Source] = field(default_factory=dict)
    """By control; dictionaries of every architecture are fitted to the same activations."""

    def under(self, control: str) -> Source:
        """What is left under a control for which no dictionary is needed."""
        if control not in self.made:
            make = {"weights": self._weights, "inputs": self._inputs, "activations": self._changed}
            own = Source(*self.reading.activations)
            family = FAMILIES.get(control, "")
            self.made[control] = make[family](control) if family in make else own
        return self.made[control]

    @property
    def seed(self) -> int:
        """Of the controls."""
        return self.cell.stream("control")

    def _weights(self, control: str) -> Source:
        changed = controlled(self.params, self.reading.weights, control, self.seed)
        found = (self._stream(changed, part.words) for part in self.reading.corpora)
        loss, _ = cross_entropy(self.cell, self.params, changed, self.device)
        return Source(*found, cross_entropy=loss)

    def _inputs(self, control: str) -> Source:
        found = []
        for seed, part in enumerate(self.reading.corpora, start=self.seed):
            if control == "unigram":
                words = on_inputs.shuffle_tokens(part.words, seed)
            elif control == "markov":
                words = on_inputs.markov_tokens(part.words, seed)
            else:
                words = on_inputs.uniform_tokens(part.words, rules(self.params).n_tokens, seed)
            found.append(self._stream(self.reading.weights, words))
        return Source(*found)

    def _changed(self, control: str) -> Source:
        change = {
            "gaussian": on_activations.matched_gaussian,
            "permuted_dimensions": on_activations.permute_dimensions,
        }[control]
        return Source(*(change(x, self.seed + i) for i, x in enumerate(self.reading.activations)))

    def _stream(self, weights: Weights, words: Array) -> Array:
        return stream(self.params, self.fit, weights, words, self.device)


def run(
    cells: Sequence[Cell[Control]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit every control of each cell; returns rows (cell, control, …)."""
    section: Control = cells[0].params
    fits: list[Fit] = [cell.upstream["fit"] for cell in cells]
    read = readings(cells, fits, rows["train"], context.device)
    shared: dict[int, dict[str, Source]] = {}
    benches = [
        Bench(c, c.upstream["train"], f, r, context.device, shared.setdefault(id(r), {}))
        for c, f, r in zip(cells, fits, read, strict=True)
    ]
    data: list[list[dict[str, Any]]] = [[]] * len(cells)
    for places in by_architecture(fits):
        alike = _rungs([benches[i] for i in places], section.controls)
        for i, found in zip(places, alike, strict=True):
            data[i] = found
    more = {"mcc": RECOVERY["mcc"], "cross_entropy": "cross-entropy of the model"}
    flat = [one for row in data for one in row]
    dataset = quality.rows(flat, more, {"control": section.controls})
    dataset["cross_entropy"].attrs["units"] = "nat"
    families = np.array([FAMILIES[name] for name in section.controls], dtype=object)
    changes = variable("control", families, "what the control changes", "1")
    return dataset.assign_coords(changes=changes)


def _rungs(benches: Sequence[Bench], controls: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Of each model, the dictionaries of one architecture under each control."""
    fit, device = benches[0].fit, benches[0].device

    def ensemble(sources: Sequence[Source], of: Sequence[Bench], part: str) -> list[Dictionary]:
        cells = [bench.cell for bench in of]
        return fitted([source.fitted for source in sources], cells, fit, device, part)

    own = ensemble([bench.under("none") for bench in benches], benches, "")
    whole = [name for name in controls if FAMILIES[name] != "learning"]
    found: dict[str, list[dict[str, Any]]] = {}
    for part, names in [("", whole), *((c, [c]) for c in controls if c not in whole)]:
        made = [
            (name, bench, _decoded(own[i], bench, name) or bench.under(name))
            for name in names
            for i, bench in enumerate(benches)
        ]
        alike = ensemble([m[2] for m in made], [m[1] for m in made], part)
        for dictionary, (name, bench, source) in zip(alike, made, strict=True):
            found.setdefault(name, []).append(_judged(dictionary, bench, name, source))
    return [[found[name][i] for name in controls] for i in range(len(benches))]


def _decoded(dictionary: Dictionary, bench: Bench, control: str) -> Source | None:
    """Codes of the model's own dictionary, decoded again; None for other controls."""
    if control not in DECODED:
        return None
    read = map(torch.from_numpy, bench.reading.activations)
    codes = [coded(dictionary, x).codes for x in read]
    decoder, bias = (p[0].cpu().numpy() for p in (dictionary.decoder, dictionary.decoder_bias))
    if control == "permuted_latents":
        made = [
            on_activations.permuted_latents(c, decoder, bias, bench.seed + i)
            for i, c in enumerate(codes)
        ]
        return Source(*made, truth=decoder)
    made = [on_activations.random_decoder(c, decoder, bias, bench.seed) for c in codes]
    return Source(*made, truth=on_activations.random_directions(decoder, bench.seed))


def _judged(dictionary: Dictionary, bench: Bench, name: str, source: Source) -> dict[str, Any]:
    """Measures of one dictionary, its recovery of a known truth, the model's cross-entropy."""
    corpora = bench.reading.corpora if FAMILIES[name] in ("weights", "learning") else (None, None)
    found = quality.measured(dictionary, source.fitted, source.held_out, *corpora)
    directions = dictionary.directions()[0].cpu().numpy()
    found["mcc"] = np.nan
    if source.truth is not None:
        found["mcc"] = recovery.mcc(recovery.cosines(directions, source.truth))
    found["cross_entropy"] = source.cross_entropy
    return found
