"""Language models of a synthetic grammar, what they read, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import torch
import xarray as xr

from tegum.experiment.cell import Cell
from tegum.experiment.params import Section
from tegum.models.language import LanguageModel
from tegum.models.weights import Weights, device_of, with_weights
from tegum.studies.model_or_dataset.params import Fit, TrainLanguage
from tegum.synthetic.corpora import (
    ROLES,
    CorpusStream,
    Grammar,
    Language,
    adverb_variables,
    grammar,
)
from tegum.training.rows import weights_from_row

Array = np.ndarray
AT_ONCE = 512
"""Sequences of the evaluation set."""
EVALUATED, PROBED, FITTED, HELD_OUT = range(4)
"""Steps of the evaluation stream: sequences for losses, for probes, for dictionaries, and those
that dictionaries are measured on."""
VARIABLES = tuple(ROLES)


def rules(params: TrainLanguage) -> Grammar:
    """The grammar that a model learns."""
    words = ("n_topics", "n_nouns", "n_verbs", "n_adjectives", "n_adverbs")
    return grammar(Language(**{name: getattr(params, name) for name in words}))


def new_model(params: TrainLanguage, seeds: Sequence[int]) -> LanguageModel:
    """Untrained models, one per init stream."""
    return LanguageModel(
        n_tokens=rules(params).n_tokens,
        length=params.context,
        width=params.width,
        mlp_width=params.mlp_width,
        n_heads=params.n_heads,
        n_layers=params.n_layers,
        seeds=seeds,
    )


def stream(params: TrainLanguage, seeds: Sequence[int], batch: int, device: str) -> CorpusStream:
    """Batches of models with these data streams: sequences one longer than a model reads."""
    return CorpusStream(rules(params), seeds, batch, params.context + 1, device)


def sentences(
    cell: Cell[Section], params: TrainLanguage, count: int, step: int
) -> tuple[Array, Array]:
    """Evaluation sequences of tokens and states, (sequence, position), one longer than read."""
    seed = cell.stream("evaluation")
    return stream(params, [seed], count, "cpu").sentences(seed, step)


def cross_entropy(model: LanguageModel, cell: Cell[Section], params: TrainLanguage) -> float:
    """Of a model on the evaluation set of its cell."""
    words, _ = sentences(cell, params, AT_ONCE, EVALUATED)
    return float(model.loss((torch.from_numpy(words)[None].to(device_of(model)),)))


@dataclass(frozen=True)
class Corpus:
    """Sequences, and what is known at the positions that are read."""

    words: Array
    """(sequence, position)."""
    labels: Array
    """(known sample, variable) bool."""
    known: Array
    """(sample,) bool: which those are."""


@dataclass(frozen=True)
class Reading:
    """A model on sequences to fit dictionaries to, and on others to measure them on."""

    cell: Cell[Section]
    section: Fit
    weights: Weights
    device: str

    @property
    def params(self) -> TrainLanguage:
        """Of the model."""
        return self.cell.upstream["train"]

    @cached_property
    def corpora(self) -> list[Corpus]:
        """Both sets of sequences."""
        return [self._corpus(step) for step in (FITTED, HELD_OUT)]

    @cached_property
    def activations(self) -> list[Array]:
        """The model's on both, (sample, dimension)."""
        model = self.model(self.weights)
        return [self.residual(model, corpus.words) for corpus in self.corpora]

    def model(self, weights: Weights) -> LanguageModel:
        """The model with other weights."""
        return with_weights(partial(new_model, self.params), weights, self.device)

    def residual(self, model: LanguageModel, words: Array) -> Array:
        """The residual stream where it is read, row by row: (sample, dimension)."""
        found = model.residual(torch.from_numpy(words)[None].to(self.device))
        return found[0, :, self.section.first_position :].flatten(0, 1).cpu().numpy()

    def _corpus(self, step: int) -> Corpus:
        words, states = sentences(self.cell, self.params, self.section.sequences, step)
        labels, known = adverb_variables(rules(self.params), words, states)
        read = slice(self.section.first_position, self.params.context)
        at = known[:, read]
        found = np.stack([labels[name][:, read][at] for name in VARIABLES], axis=1)
        return Corpus(words[:, :-1], found, at.ravel())


def readings(
    cells: Sequence[Cell[Section]], sections: Sequence[Fit], train: xr.Dataset, device: str
) -> list[Reading]:
    """One per cell; cells whose dictionaries alone differ share the object."""
    made: dict[tuple[TrainLanguage, int, int, int], Reading] = {}
    found = []
    for index, (cell, section) in enumerate(zip(cells, sections, strict=True)):
        params: TrainLanguage = cell.upstream["train"]
        key = params, section.sequences, section.first_position, cell.stream("init")
        if key not in made:
            weights = weights_from_row(train.isel(cell=index), new_model(params, [0]))
            made[key] = Reading(cell, section, weights, device)
        found.append(made[key])
    return found
