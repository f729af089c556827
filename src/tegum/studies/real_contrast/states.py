"""Hidden states of a cell's pairs: a recipe with a digest, made where the cache lacks them."""

from functools import cache

import numpy as np

from tegum.interop.models import hooks
from tegum.interop.models.loaded import Model
from tegum.interop.models.pairs import PairStates, pair_states
from tegum.interop.models.places import available
from tegum.interop.models.statements import Statements, statements
from tegum.interop.models.tiny import named
from tegum.studies.real_contrast.params import Generate

__all__ = ["available", "of", "side", "texts"]


@cache
def _model(name: str, weights_seed: int | None) -> Model:
    found = named(name)
    return found if weights_seed is None else found.with_random_weights(weights_seed)


@cache
def texts(dataset: str, n_pairs: int, words: int) -> Statements:
    """The texts, labels and ends of a cell."""
    return statements(dataset, n_pairs, words)


def of(section: Generate, layer: int | None = None, weights_seed: int | None = None) -> PairStates:
    """States after every block, or of weights drawn anew after one.

    Args:
        layer: the only block; by default all.
        weights_seed: of weights drawn anew; by default those of the model.
    """
    model = _model(section.model, weights_seed)
    told = texts(section.dataset, section.n_pairs, section.words)
    layers = [layer] if layer is not None else list(range(len(hooks.blocks(model.net))))
    return pair_states(model, told.prefixes, told.ends, layers)


def side(states: PairStates, section: Generate, layer: int) -> tuple[np.ndarray, np.ndarray]:
    """Positive and negative members (pair, width) after a block."""
    (name,) = hooks.chosen(_model(section.model, None).net, [layer])
    return states.sides(name)
