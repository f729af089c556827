"""Samples on which variables are known, and what a model makes of them.

Classifiers: independent bits. Language models: one position of each of many sequences, at adverbs,
where the number of the subject has to be carried on, or anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tegum.controls.labels import input_types
from tegum.errors import TegumError
from tegum.models.classifier import Classifier
from tegum.studies.model_or_dataset.models import Model, rules
from tegum.studies.model_or_dataset.params import Fit, Train
from tegum.synthetic.bits import TARGETS, UNUSED, bits
from tegum.synthetic.corpora import CorpusStream

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
OUTCOMES = ("expected", "probability", "logit")
"""What of the outputs is looked at: probabilities along the change that goes with the variable in
the data, all probabilities, all logits."""
LANGUAGE_VARIABLES = ("number", "topic", "style", "style_xor")


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
        device = device_of(model)
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


def device_of(model: Model) -> str:
    """Where a model is."""
    return str(next(model.parameters()).device)


def outputs(model: Model, activations: Tensor) -> Tensor:
    """Probabilities and logits, from activations: (sample, dimension) -> (2, sample, output).

    Logits of a language model are centred, since only their differences count.
    """
    if isinstance(model, Classifier):
        logits = model.logits(activations[None])[0]
        return torch.stack([logits.sigmoid(), logits])
    logits = model.logits(activations[None, :, None])[0, :, 0]
    return torch.stack([logits.softmax(-1), logits - logits.mean(-1, keepdim=True)])


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
    words, states, at = _sequences(cell, params, section, samples, adverbs=True)
    here = np.arange(samples)
    known, _ = language_variables(words, states, params)
    pairs = np.stack([words[here, at - 1], words[here, at]], axis=1)
    labels = {name: values[here, at] for name, values in known.items()}
    return Case(words[:, :-1], at, labels, input_types(pairs), _next_token(words, at, params))


def anywhere_case(cell: Any, params: Train, section: Fit, samples: int) -> Case:
    """Sequences read at any position. A type is a token; there are no known variables."""
    words, _, at = _sequences(cell, params, section, samples, adverbs=False)
    types = words[np.arange(samples), at]
    return Case(words[:, :-1], at, {}, types, _next_token(words, at, params))


def language_variables(
    words: Array, states: Array, params: Train
) -> tuple[dict[str, Array], Array]:
    """Variable to (sequence, position) bool, and where they are defined: at adverbs.

    ``number`` of the subject; ``topic``, whether it is the first; ``style`` of the last determiner;
    ``style_xor``, whether that differs from the parity of the adverb.
    """
    grammar = rules(params)
    slots, topics, numbers = (np.array(part) for part in zip(*grammar.states, strict=True))
    styles = np.isin(words, grammar.tokens("determiner"))
    last = np.maximum.accumulate(np.where(styles, np.arange(words.shape[1]), 0), axis=1)
    style = np.take_along_axis(words, last, 1) == grammar.tokens("determiner")[1]
    odd = np.isin(words, grammar.tokens("adverb")[1::2])
    known = {
        "number": numbers[states] == 1,
        "topic": topics[states] == 0,
        "style": style,
        "style_xor": style ^ odd,
    }
    return known, slots[states] == "adverb"


def sentences(cell: Any, params: Train, count: int, step: int) -> tuple[Array, Array]:
    """Evaluation sequences of tokens and states, (sequence, position), one longer than read."""
    seed = cell.stream("evaluation")
    return CorpusStream(rules(params), [seed], count, params.context + 1).sentences(seed, step)


def _next_token(words: Array, at: Array, params: Train) -> Array:
    return np.eye(rules(params).n_tokens)[words[np.arange(len(words)), at + 1]]


def _sequences(
    cell: Any, params: Train, section: Fit, samples: int, *, adverbs: bool
) -> tuple[Array, Array, Array]:
    """Tokens and states (sample, position), and the position that is read (sample,)."""
    words, states = sentences(cell, params, SPARE * samples, 1)
    fits = np.ones(words.shape, bool)
    if adverbs:
        _, fits = language_variables(words, states, params)
    fits = fits[:, :-1] & (np.arange(params.context) >= section.first_position)
    order = np.random.default_rng(cell.stream("evaluation")).random(fits.shape)
    at = np.where(fits, order, -1.0).argmax(1)
    rows = np.flatnonzero(fits.any(1))[:samples]
    if len(rows) < samples:
        raise TegumError(
            f"{len(rows)} of {len(words)} sequences have an adverb after position "
            f"{section.first_position}, {samples} are needed; give a longer context"
        )
    return words[rows], states[rows], at[rows]
