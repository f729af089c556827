"""Activations of a cell: a recipe with a digest, made where the local cache lacks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.controls.ladder import ACTIVATIONS, TOKENS, changed_tokens
from tegum.controls.models import KEPT, WEIGHT_CONTROLS
from tegum.interop.models.activations import Activations, StandIn, written
from tegum.interop.models.controlled import controlled, with_embedding
from tegum.interop.models.loaded import Model
from tegum.interop.models.places import available
from tegum.interop.models.statements import review_texts
from tegum.interop.models.texts import Tokens, stream
from tegum.interop.models.tiny import named
from tegum.studies.real_dictionaries.params import Generate

__all__ = ["all_of", "available", "of", "texts", "word", "written_of"]

Array = NDArray[np.floating]
WORDS = 100
"""Tokens of a review at least, on average: how many reviews are read."""


@dataclass(frozen=True)
class States:
    """What a dictionary is fitted to, and what it is measured on."""

    fitted: Array
    """(token, width)."""
    held_out: Array
    """(token, width)."""
    tokens: NDArray[np.int32]
    """Of the held-out rows: (token,)."""
    texts: NDArray[np.int64]
    """The held-out contexts: (sequence, position)."""
    places: NDArray[np.int32]
    """Sequence and position in `texts` of each held-out row: (token, 2)."""


@cache
def texts(name: str, count: int, context: int, first_position: int, skipped: int = 0) -> Tokens:
    """`count` contexts of reviews, behind the first `skipped` ones."""
    needed = 1 + (count + skipped) * context // WORDS
    found = stream(named(name), review_texts(needed), context, first_position)
    part = slice(skipped, skipped + count)
    return Tokens(found.ids[part], found.mask[part], found.kept[part])


@lru_cache(maxsize=1)
def _drawn(name: str, control: str, seed: int, layer: int) -> Model:
    """The model under a control on its weights; the last one is kept, for what keeps its embedding.

    Singular values of all weights take ten seconds.
    """
    return controlled(named(name), control, seed, layer)


def _under(section: Generate) -> Model:
    """The model under a control on its weights, which may keep the embedding."""
    kind = section.rung.removesuffix(KEPT)
    drawn = _drawn(section.model, kind, section.weights_seed, section.layer)
    return drawn if kind == section.rung else with_embedding(drawn, named(section.model))


def written_of(section: Generate) -> Activations:
    """The activations of a cell in the local cache; made where they are not there."""
    model, rung, stand_in = named(section.model), section.rung, None
    count = section.sequences + section.held_out
    chosen = texts(section.model, count, section.context, section.first_position)
    if rung in TOKENS:
        first = int(chosen.kept[0].argmax() > 0)  # the token that begins texts stays
        ids = chosen.ids.copy()
        ids[:, first:] = changed_tokens(rung, ids[:, first:], model.n_tokens, section.weights_seed)
        chosen = Tokens(ids, chosen.mask, chosen.kept)
    elif rung.removesuffix(KEPT) in WEIGHT_CONTROLS:
        made_from = {"control": rung, "seed": section.weights_seed, "last_block": section.layer}
        stand_in = StandIn(made_from, partial(_under, section))
    return written(model, chosen, [section.layer], stand_in=stand_in)


def of(section: Generate) -> States:
    """The activations of a cell, under its control."""
    found = written_of(section)
    (hook,) = found.hooks
    x, sequence = found.array(hook), found.list("sequence")
    if section.rung in ACTIVATIONS:
        x = ACTIVATIONS[section.rung](x, section.weights_seed)
    held = sequence >= section.sequences
    count = section.sequences + section.held_out
    chosen = texts(section.model, count, section.context, section.first_position)
    places = np.stack([sequence[held] - section.sequences, found.list("position")[held]], 1)
    return States(
        x[~held], x[held], found.list("token")[held], chosen.ids[section.sequences :], places
    )


def all_of(sections: Sequence[Generate]) -> list[States]:
    """The activations of cells, equal ones once."""
    made = {section: of(section) for section in dict.fromkeys(sections)}
    return [made[section] for section in sections]


def word(tokenizer: Any, token: int) -> str:
    """The text of a token; its number where the tokenizer has no texts."""
    decode = getattr(tokenizer, "decode", None)
    return decode([token]) if decode else str(token)
