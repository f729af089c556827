"""Samples on which variables are known, and what a model makes of them.

Classifiers: independent bits. Language models: one position of each of many sequences, at adverbs,
where the number of the subject has to be carried on, or anywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.controls.labels import input_types
from tegum.models.classifier import Classifier
from tegum.studies.model_or_dataset.models import Model, rules
from tegum.studies.model_or_dataset.params import Fit, Train
from tegum.synthetic.bits import TARGETS, UNUSED, bits
from tegum.synthetic.corpora import CorpusStream, Grammar

Array = np.ndarray
SPARE = 4
"""Sequences that are drawn for each one that is needed, since not all have an adverb."""
AT_ONCE = 512
"""Sequences that a model reads at once."""

ROLES: Mapping[str, str] = {
    **dict.fromkeys(TARGETS, "used"),
    "unused_linear": "unused_linear",
    "unused_and": "unused_nonlinear",
    "unused_xor": "unused_nonlinear",
    "number": "used",
    "topic": "used",
    "style": "unused_linear",
    "style_xor": "unused_nonlinear",
}
"""What is known of each variable; latents are `latent`."""


@dataclass(frozen=True)
class Case:
    """Samples with their variables."""

    inputs: Array
    """Bits (sample, bit), or tokens (sample, position)."""
    at: Array
    """Position that is read, (sample,)."""
    labels: Mapping[str, Array]
    """Variable to (sample,) bool."""
    types: Array
    """Type of each input in the control task, (sample,)."""
    targets: Array
    """What the data ask of the outputs, (sample, output)."""

    def read(self, model: Model) -> Array:
        """The activations of a model of one cell: (sample, dimension)."""
        device = next(model.parameters()).device
        found = []
        for first in range(0, len(self.inputs), AT_ONCE):
            rows = slice(first, first + AT_ONCE)
            batch = torch.from_numpy(self.inputs[rows])[None].to(device)
            if isinstance(model, Classifier):
                found.append(model.hidden(batch.float())[0].cpu().numpy())
            else:
                stream = model.residual(batch)[0].cpu().numpy()
                found.append(stream[np.arange(len(stream)), self.at[rows]])
        return np.concatenate(found)


def probabilities(model: Model, activations: Tensor) -> Tensor:
    """Of the outputs, from activations: (sample, dimension) -> (sample, output)."""
    if isinstance(model, Classifier):
        return model.logits(activations[None])[0].sigmoid()
    return model.logits(activations[None, :, None])[0, :, 0].softmax(-1)


def bits_case(cell: Any, params: Train, section: Fit, samples: int) -> Case:
    """Fresh bits with the variables of `tegum.synthetic.bits`."""
    x = bits(cell.stream("evaluation"), 1, samples, params.n_bits, params.bit_probability)
    seen = np.random.default_rng(cell.stream("control")).permutation(params.n_bits)
    asked = {name: variable(x) for name, variable in TARGETS.items()}
    return Case(
        inputs=x,
        at=np.zeros(samples, np.int64),
        labels=asked | {name: variable(x) for name, variable in UNUSED.items()},
        types=input_types(x[:, seen[: section.typed_bits]]),
        targets=np.stack(list(asked.values()), axis=1).astype(float),
    )


def adverbs_case(cell: Any, params: Train, section: Fit, samples: int) -> Case:
    """Sequences read at an adverb. A type is a token with the one before it."""
    grammar = rules(params)
    slots = np.array([slot for slot, _, _ in grammar.states])
    words, states, at = _sequences(
        cell, params, section, samples, lambda s: slots[s] == "adverb", grammar
    )
    here = np.arange(samples)
    topic, number = (np.array([s[i] for s in grammar.states]) for i in (1, 2))
    state, word = states[here, at], words[here, at]
    style = _last_style(words, at, grammar)
    odd = np.isin(word, grammar.tokens("adverb")[1::2])
    pairs = np.stack([words[here, at - 1], word], axis=1)
    return Case(
        inputs=words[:, :-1],
        at=at,
        labels={
            "number": number[state] == 1,
            "topic": topic[state] == 0,
            "style": style,
            "style_xor": style ^ odd,
        },
        types=input_types(pairs),
        targets=np.eye(grammar.n_tokens)[words[here, at + 1]],
    )


def anywhere_case(cell: Any, params: Train, section: Fit, samples: int) -> Case:
    """Sequences read at any position. A type is a token; there are no known variables."""
    grammar = rules(params)
    words, _, at = _sequences(cell, params, section, samples, lambda s: s >= 0, grammar)
    here = np.arange(samples)
    targets = np.eye(grammar.n_tokens)[words[here, at + 1]]
    return Case(words[:, :-1], at, {}, words[here, at], targets)


def _sequences(
    cell: Any,
    params: Train,
    section: Fit,
    samples: int,
    wanted: Callable[[Array], Array],
    grammar: Grammar,
) -> tuple[Array, Array, Array]:
    """Tokens and states (sample, position), and a random position of a wanted state (sample,)."""
    seed = cell.stream("evaluation")
    stream = CorpusStream(grammar, [seed], SPARE * samples, params.context + 1)
    words, states = stream.sentences(seed, 1)
    fits = wanted(states[:, :-1])
    fits[:, : section.first_position] = False
    order = np.random.default_rng(seed).random(fits.shape)
    at = np.where(fits, order, -1.0).argmax(1)
    rows = np.flatnonzero(fits.any(1))[:samples]
    return words[rows], states[rows], at[rows]


def _last_style(words: Array, at: Array, grammar: Grammar) -> Array:
    """Whether the last determiner up to a position is the second one: (sample,) bool."""
    first, second = grammar.tokens("determiner")
    place = np.arange(words.shape[1])
    said = np.isin(words, (first, second)) & (place <= at[:, None])
    last = np.where(said, place, -1).argmax(1)
    return words[np.arange(len(words)), last] == second
