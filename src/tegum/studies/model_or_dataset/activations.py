"""The residual stream of a language model on many sequences, as dictionaries are fitted to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr

from tegum.models.language import LanguageModel
from tegum.studies.model_or_dataset.cases import language_variables, sentences
from tegum.studies.model_or_dataset.models import Weights, model_with, weights_of
from tegum.studies.model_or_dataset.params import Fit, Train

Array = np.ndarray
FITTED, HELD_OUT = 2, 3
"""Steps of the evaluation stream that the two sets of sequences are."""


@dataclass(frozen=True)
class Corpus:
    """Sequences, and what is known at the positions that are read."""

    words: Array
    """(sequence, position)."""
    labels: dict[str, Array]
    """Variable to (sample,) bool; they mean something where `known`."""
    known: Array
    """(sample,) bool."""


@dataclass(frozen=True)
class Reading:
    """A language model on sequences to fit dictionaries to and on others to measure them on."""

    weights: Weights
    corpora: tuple[Corpus, Corpus]
    activations: tuple[Array, Array]
    """Both (sample, dimension)."""


def readings(
    cells: Sequence[Any], sections: Sequence[Fit], train: xr.Dataset, device: str
) -> list[Reading]:
    """One per cell; cells whose dictionaries alone differ share the object."""
    made: dict[Any, Reading] = {}
    found = []
    for index, (cell, section) in enumerate(zip(cells, sections, strict=True)):
        params: Train = cell.upstream["train"]
        seeds = cell.stream("init"), cell.stream("evaluation")
        key = params, section.sequences, section.first_position, seeds
        if key not in made:
            weights = weights_of(params, train.isel(cell=index))
            fitted, held_out = (corpus(cell, params, section, step) for step in (FITTED, HELD_OUT))
            made[key] = Reading(
                weights,
                (fitted, held_out),
                (
                    stream(params, section, weights, fitted.words, device),
                    stream(params, section, weights, held_out.words, device),
                ),
            )
        found.append(made[key])
    return found


def corpus(cell: Any, params: Train, section: Fit, step: int) -> Corpus:
    """Fresh sequences; samples are their positions from `first_position` on, row by row."""
    words, states = sentences(cell, params, section.sequences, step)
    labels, known = language_variables(words, states, params)
    read = slice(section.first_position, params.context)
    flat = {name: values[:, read].ravel() for name, values in labels.items()}
    return Corpus(words[:, :-1], flat, known[:, read].ravel())


def stream(params: Train, section: Fit, weights: Weights, words: Array, device: str) -> Array:
    """The residual stream at the positions that are read: (sample, dimension)."""
    model = model_with(params, weights, device)
    assert isinstance(model, LanguageModel)
    found = model.residual(torch.from_numpy(words)[None].to(device))[0, :, section.first_position :]
    return found.flatten(0, 1).cpu().numpy()
