"""Dictionaries where one kind of structure is gone, or that learn only in part, along `control`.

All are fitted as that of `fit` is, from the same beginnings with the same minibatches; FVU does not
change with the scale of the activations, which are brought to E|x|^2 = 1 for the fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from tegum.controls import activations as on_activations
from tegum.controls import inputs as on_inputs
from tegum.dictionaries.topk import TopK
from tegum.labels import coordinate, variable
from tegum.metrics import recovery
from tegum.studies.model_or_dataset.activations import FITTED, HELD_OUT, Corpus, corpus, stream
from tegum.studies.model_or_dataset.dictionaries import FROZEN, coded, dictionary_of, fitted
from tegum.studies.model_or_dataset.models import (
    KEPT,
    WEIGHT_CONTROLS,
    Weights,
    controlled,
    rules,
    weights_of,
)
from tegum.studies.model_or_dataset.params import Control, Fit, Train
from tegum.studies.model_or_dataset.quality import labelled, measured
from tegum.studies.model_or_dataset.train import losses

Array = np.ndarray
INPUTS = ("unigram", "uniform", "markov")
ACTIVATIONS = ("gaussian", "permuted_dimensions", "permuted_latents", "random_decoder")
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


@dataclass(frozen=True)
class Trained:
    """A cell with its language model, its corpora and its own dictionary."""

    cell: Any
    params: Train
    fit: Fit
    weights: Weights
    corpora: tuple[Corpus, Corpus]
    own: Source
    dictionary: TopK
    device: str

    def under(self, control: str, seed: int) -> Source:
        """What is left of the activations under a control."""
        if FAMILIES[control] == "weights":
            changed = controlled(self.params, self.weights, control, seed)
            return Source(*(self._stream(changed, part.words) for part in self.corpora))
        if FAMILIES[control] == "inputs":
            tokens = [
                self._tokens(control, part.words, seed + i) for i, part in enumerate(self.corpora)
            ]
            return Source(*(self._stream(self.weights, words) for words in tokens))
        if FAMILIES[control] == "activations":
            return self._activations(control, seed)
        return self.own

    def _stream(self, weights: Weights, words: Array) -> Array:
        return stream(self.params, self.fit, weights, words, self.device)

    def _tokens(self, control: str, words: Array, seed: int) -> Array:
        if control == "unigram":
            return on_inputs.shuffle_tokens(words, seed)
        if control == "markov":
            return on_inputs.markov_tokens(words, seed)
        return on_inputs.uniform_tokens(words, rules(self.params).n_tokens, seed)

    def _activations(self, control: str, seed: int) -> Source:
        both = (self.own.fitted, self.own.held_out)
        if control in ("gaussian", "permuted_dimensions"):
            change = {
                "gaussian": on_activations.matched_gaussian,
                "permuted_dimensions": on_activations.permute_dimensions,
            }[control]
            return Source(*(change(x, seed + i) for i, x in enumerate(both)))
        codes = [coded(self.dictionary, 0, x)[0] for x in both]
        decoder, bias = (
            p.cpu().numpy()[0] for p in (self.dictionary.decoder, self.dictionary.decoder_bias)
        )
        if control == "permuted_latents":
            made = [
                on_activations.permuted_latents(c, decoder, bias, seed + i)
                for i, c in enumerate(codes)
            ]
            return Source(*made, truth=decoder)
        made = [on_activations.random_decoder(c, decoder, bias, seed) for c in codes]
        return Source(*made, truth=on_activations.random_directions(decoder, seed))


def run(cells: Sequence[Any], rows: Mapping[str, xr.Dataset], context: Any) -> xr.Dataset:
    """Fit every control of each cell; returns rows (cell, control, …)."""
    section: Control = cells[0].params
    each = [_trained(cell, rows, i, context.device) for i, cell in enumerate(cells)]
    sources = {
        control: [t.under(control, t.cell.stream("control")) for t in each]
        for control in section.controls
    }
    whole = [c for c in section.controls if FAMILIES[c] != "learning"]
    found: dict[str, list[dict[str, Any]]] = {}
    for part, names in [("", whole), *((c, [c]) for c in section.controls if c not in whole)]:
        made = [(name, i) for name in names for i in range(len(cells))]
        dictionary = fitted(
            [sources[name][i].fitted for name, i in made],
            [cells[i] for _, i in made],
            each[0].fit,
            context.device,
            part,
        )
        for place, (name, i) in enumerate(made):
            found.setdefault(name, []).append(
                _judged(dictionary, place, each[i], name, sources[name][i])
            )
    data = [[found[name][i] for name in section.controls] for i in range(len(cells))]
    dataset = labelled(data, ("cell", "control"))
    names = np.array(section.controls, dtype=object)
    families = np.array([FAMILIES[name] for name in section.controls], dtype=object)
    for name, text, units in (
        ("recovered", "mean |cos| with the true directions, matched", "1"),
        ("cross_entropy", "cross-entropy of the model", "nat"),
    ):
        values = np.array([[one[name] for one in row] for row in data], np.float32)
        dataset[name] = variable(("cell", "control"), values, text, units)
    return dataset.assign_coords(
        control=coordinate("control", names, "control"),
        changes=variable("control", families, "what the control changes", "1"),
    )


def _trained(cell: Any, rows: Mapping[str, xr.Dataset], index: int, device: str) -> Trained:
    params: Train = cell.upstream["train"]
    section: Fit = cell.upstream["fit"]
    weights = weights_of(params, rows["train"].isel(cell=index))
    first, second = (corpus(cell, params, section, step) for step in (FITTED, HELD_OUT))
    own = Source(*(stream(params, section, weights, c.words, device) for c in (first, second)))
    dictionary = dictionary_of(rows["fit"].isel(cell=index), section).to(device)
    return Trained(cell, params, section, weights, (first, second), own, dictionary, device)


def _judged(dictionary: TopK, place: int, trained: Trained, name: str, source: Source) -> dict:
    """Measures of one dictionary, its recovery of a known truth, and the model's cross-entropy."""
    corpora = trained.corpora if FAMILIES[name] in ("weights", "learning") else (None, None)
    found = measured(dictionary, place, source.fitted, source.held_out, *corpora)
    directions = dictionary.decoder[place].cpu().numpy()
    found["recovered"] = np.nan
    if source.truth is not None:
        found["recovered"] = recovery.matched_cosine(recovery.cosines(directions, source.truth))
    found["cross_entropy"] = np.nan
    if FAMILIES[name] == "weights":
        seed = trained.cell.stream("control")
        changed = controlled(trained.params, trained.weights, name, seed)
        found["cross_entropy"] = losses(trained.cell, changed, trained.device)[0]
    return found
