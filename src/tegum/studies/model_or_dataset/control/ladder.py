"""Dictionaries where one kind of structure is gone, or that learn only in part, along `control`.

All are fitted as that of `fit` is, from the same beginnings with the same minibatches; FVU does not
change with the scale of the activations, which are brought to E|x|^2 = 1 for the fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from tegum.controls.ladder import ACTIVATIONS, DECODED, TOKENS, changed_tokens
from tegum.controls.models import KEPT, WEIGHT_CONTROLS, controlled
from tegum.dictionaries.base import Dictionary
from tegum.dictionaries.of_cells import decoded_under, fitted
from tegum.dictionaries.partly import LEARNING
from tegum.dictionaries.study import Fitted
from tegum.experiment.cell import Cell, Context
from tegum.metrics import recovery
from tegum.studies.model_or_dataset.dictionaries import measured
from tegum.studies.model_or_dataset.languages import (
    VARIABLES,
    Reading,
    cross_entropy,
    new_model,
    readings,
    rules,
)
from tegum.studies.model_or_dataset.params import Ladder
from tegum.studies.model_or_dataset.schema import SCHEMAS

Array = np.ndarray
FAMILIES = {
    **dict.fromkeys(WEIGHT_CONTROLS, "weights"),
    **{f"{name}{KEPT}": "weights" for name in WEIGHT_CONTROLS},
    **dict.fromkeys(TOKENS, "inputs"),
    **dict.fromkeys((*ACTIVATIONS, *DECODED), "activations"),
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


def run(
    cells: Sequence[Cell[Ladder]], rows: Mapping[str, xr.Dataset], context: Context
) -> xr.Dataset:
    """Fit every control of each cell; returns rows (cell, control, ...)."""
    controls: list[str] = list(cells[0].params.controls)
    sections = [cell.upstream["fit"] for cell in cells]
    read = readings(cells, sections, rows["train"], context.device)
    own = fitted([r.activations[0] for r in read], cells, sections, context.device)
    found: dict[str, list[dict[str, Any]]] = {}
    free = [name for name in controls if name not in LEARNING]
    for part, names in [("", free), *((c, [c]) for c in controls if c in LEARNING)]:
        places = [(name, i) for name in names for i in range(len(cells))]
        sources = _sources(places, read, own)
        fits = fitted(
            [source.activations[0] for source in sources],
            [cells[i] for _, i in places],
            [sections[i] for _, i in places],
            context.device,
            part,
        )
        for fit, source, (name, i) in zip(fits, sources, places, strict=True):
            found.setdefault(name, []).append(_judged(fit, source, read[i], FAMILIES[name]))
    schema = SCHEMAS["control/ladder"]
    values = {
        name: [[found[control][i][name] for control in controls] for i in range(len(cells))]
        for name in schema.layout
    }
    named = {"control": controls, "variable": VARIABLES}
    coords = {name: np.array(of, object) for name, of in named.items()}
    return schema.dataset(values, coords | {"changes": [FAMILIES[name] for name in controls]})


def _sources(
    places: Sequence[tuple[str, int]], read: Sequence[Reading], own: Sequence[Fitted]
) -> list[Source]:
    """Of each control and cell; dictionaries of all architectures are fitted to the same."""
    made: dict[tuple[str, int], Source] = {}
    found = []
    for control, i in places:
        key = control, id(own[i] if control in DECODED else read[i])
        if key not in made:
            made[key] = (
                _decoded(control, read[i], own[i].dictionary)
                if control in DECODED
                else _source(control, read[i])
            )
        found.append(made[key])
    return found


def _source(control: str, read: Reading) -> Source:
    """What is left under a control for which no dictionary is needed."""
    seed, family = read.cell.stream("control"), FAMILIES[control]
    if family == "weights":
        new = partial(new_model, read.params)
        model = read.model(controlled(new, read.weights, control, seed))
        found = [read.residual(model, part.words) for part in read.corpora]
        return Source(found, cross_entropy=cross_entropy(model, read.cell, read.params))
    if family == "inputs":
        model = read.model(read.weights)
        n_tokens = rules(read.params).n_tokens
        words = [
            changed_tokens(control, corpus.words, n_tokens, seed + i)
            for i, corpus in enumerate(read.corpora)
        ]
        return Source([read.residual(model, changed) for changed in words])
    if control in ACTIVATIONS:
        change = ACTIVATIONS[control]
        return Source([change(x, seed + i) for i, x in enumerate(read.activations)])
    return Source(read.activations)


def _decoded(control: str, read: Reading, dictionary: Dictionary) -> Source:
    """Codes of the model's own dictionary, decoded again."""
    return Source(
        *decoded_under(dictionary, read.activations, control, read.cell.stream("control"))
    )


def _judged(fit: Fitted, source: Source, read: Reading, family: str) -> dict[str, Any]:
    """Measures of one dictionary, its recovery of a known truth, the model's cross-entropy."""
    known = read.corpora if family in ("weights", "learning") else None
    found = measured(fit, source.activations, known)
    found |= {"mcc": np.nan, "cross_entropy": source.cross_entropy}
    if source.truth is not None:
        directions = fit.dictionary.directions()[0].cpu().numpy()
        found["mcc"] = recovery.mcc(recovery.cosines(directions, source.truth))
    return found
