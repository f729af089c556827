"""Dictionaries where one kind of structure is gone, or that learn only in part, along `control`.

All are fitted as that of `fit` is, from the same beginnings with the same minibatches; FVU does not
change with the scale of the activations, which are brought to E|x|^2 = 1 for the fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.controls import activations as on_activations
from tegum.controls import inputs as on_inputs
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.quality import coded
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Context
from tegum.metrics import recovery
from tegum.studies.model_or_dataset.dictionaries import LEARNING, fitted, measured
from tegum.studies.model_or_dataset.languages import (
    VARIABLES,
    Reading,
    cross_entropy,
    new_model,
    readings,
    residual,
    rules,
)
from tegum.studies.model_or_dataset.models import (
    KEPT,
    WEIGHT_CONTROLS,
    Weights,
    controlled,
    with_weights,
)
from tegum.studies.model_or_dataset.params import Fit, Ladder, TrainLanguage
from tegum.studies.model_or_dataset.schema import SCHEMAS

Array = np.ndarray
INPUTS = ("unigram", "uniform", "markov")
CHANGED = {
    "gaussian": on_activations.matched_gaussian,
    "permuted_dimensions": on_activations.permute_dimensions,
}
DECODED = ("permuted_latents", "random_decoder")
FAMILIES = {
    **dict.fromkeys(WEIGHT_CONTROLS, "weights"),
    **{f"{name}{KEPT}": "weights" for name in WEIGHT_CONTROLS},
    **dict.fromkeys(INPUTS, "inputs"),
    **dict.fromkeys((*CHANGED, *DECODED), "activations"),
    **dict.fromkeys(LEARNING, "learning"),
}
"""What each control changes."""


@dataclass(frozen=True)
class Source:
    """What one dictionary is fitted to and measured on."""

    activations: Sequence[Array]
    """Fitted to and held out, both (sample, dimension)."""
    truth: Array | None = None
    """The directions (latent, dimension) that the activations are made of, where they are known."""
    cross_entropy: float = np.nan
    """Of the model, where its weights have been changed."""


@dataclass(frozen=True)
class Bench:
    """A language model, and what is left of its activations where some structure is gone."""

    cell: Cell[Ladder]
    reading: Reading
    device: str
    made: dict[str, Source] = field(default_factory=dict)
    """By control; dictionaries of every architecture are fitted to the same activations."""

    @property
    def params(self) -> TrainLanguage:
        """Of the model."""
        return self.cell.upstream["train"]

    @property
    def fit(self) -> Fit:
        """Of its dictionary."""
        return self.cell.upstream["fit"]

    @property
    def seed(self) -> int:
        """Of the controls."""
        return self.cell.stream("control")

    def under(self, control: str) -> Source:
        """What is left under a control for which no dictionary is needed."""
        if control not in self.made:
            make = {"weights": self._weights, "inputs": self._inputs, "activations": self._changed}
            own = Source(self.reading.activations)
            family = FAMILIES[control]
            self.made[control] = make[family](control) if family in make else own
        return self.made[control]

    def _weights(self, control: str) -> Source:
        new = partial(new_model, self.params)
        changed = controlled(new, self.reading.weights, control, self.seed)
        found = [self._residual(changed, part.words) for part in self.reading.corpora]
        model = with_weights(new, changed, self.device)
        return Source(found, cross_entropy=cross_entropy(model, self.cell, self.params))

    def _inputs(self, control: str) -> Source:
        found = []
        for seed, part in enumerate(self.reading.corpora, start=self.seed):
            if control == "unigram":
                words = on_inputs.shuffle_tokens(part.words, seed)
            elif control == "markov":
                words = on_inputs.markov_tokens(part.words, seed)
            else:
                words = on_inputs.uniform_tokens(part.words, rules(self.params).n_tokens, seed)
            found.append(self._residual(self.reading.weights, words))
        return Source(found)

    def _changed(self, control: str) -> Source:
        change, own = CHANGED[control], self.reading.activations
        return Source([change(x, self.seed + i) for i, x in enumerate(own)])

    def _residual(self, weights: Weights, words: Array) -> Array:
        return residual(self.params, self.fit, weights, words, self.device)

    def decoded(self, control: str, dictionary: Dictionary) -> Source:
        """Codes of the model's own dictionary, decoded again."""
        read = map(torch.from_numpy, self.reading.activations)
        codes = [coded(dictionary, x).codes for x in read]
        decoder, bias = (p[0].cpu().numpy() for p in (dictionary.decoder, dictionary.decoder_bias))
        if control == "random_decoder":
            made = [on_activations.random_decoder(c, decoder, bias, self.seed) for c in codes]
            return Source(made, truth=on_activations.random_directions(decoder, self.seed))
        permuted = on_activations.permuted_latents
        made = [permuted(c, decoder, bias, self.seed + i) for i, c in enumerate(codes)]
        return Source(made, truth=decoder)


def run(
    cells: Sequence[Cell[Ladder]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit every control of each cell; returns rows (cell, control, ...)."""
    controls: list[str] = list(cells[0].params.controls)
    read = readings(cells, [c.upstream["fit"] for c in cells], rows["train"], context.device)
    shared: dict[int, dict[str, Source]] = {}
    benches = [
        Bench(cell, reading, context.device, shared.setdefault(id(reading), {}))
        for cell, reading in zip(cells, read, strict=True)
    ]
    found = _rungs(benches, controls)
    schema = SCHEMAS["control/ladder"]
    values = {
        name: [[found[control][i][name] for control in controls] for i in range(len(cells))]
        for name in schema.layout
    }
    named = {"control": controls, "variable": VARIABLES}
    coords = {name: np.array(of, object) for name, of in named.items()}
    return schema.dataset(values, coords | {"changes": [FAMILIES[name] for name in controls]})


def _rungs(benches: Sequence[Bench], controls: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """By control, the measures of each model's dictionary."""
    whole = [name for name in controls if name not in LEARNING]
    own = _fitted(benches, [Source(b.reading.activations) for b in benches])
    found: dict[str, list[dict[str, Any]]] = {}
    for part, names in [("", whole), *((c, [c]) for c in controls if c in LEARNING)]:
        made = [
            (name, bench, bench.decoded(name, own[i].dictionary))
            if name in DECODED
            else (name, bench, bench.under(name))
            for name in names
            for i, bench in enumerate(benches)
        ]
        fits = _fitted([m[1] for m in made], [m[2] for m in made], part)
        for fit, (name, bench, source) in zip(fits, made, strict=True):
            found.setdefault(name, []).append(_judged(fit, bench, name, source))
    return found


def _fitted(benches: Sequence[Bench], sources: Sequence[Source], part: str = "") -> list[Fitted]:
    if not benches:
        return []
    activations = [source.activations[0] for source in sources]
    cells, sections = [b.cell for b in benches], [b.fit for b in benches]
    return fitted(activations, cells, sections, benches[0].device, part)


def _judged(fit: Fitted, bench: Bench, name: str, source: Source) -> dict[str, Any]:
    """Measures of one dictionary, its recovery of a known truth, the model's cross-entropy."""
    known = FAMILIES[name] in ("weights", "learning")
    found = measured(fit, source.activations, bench.reading.corpora if known else None)
    found["mcc"] = np.nan
    if source.truth is not None:
        directions = fit.dictionary.directions()[0].cpu().numpy()
        found["mcc"] = recovery.mcc(recovery.cosines(directions, source.truth))
    return found | {"cross_entropy": source.cross_entropy}
