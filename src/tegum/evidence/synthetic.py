"""Samples of synthetic inputs whose variables are known, as models of them read them."""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from tegum.controls.labels import input_types
from tegum.errors import TegumError
from tegum.evidence.bench import Samples
from tegum.models.classifier import Classifier
from tegum.models.language import LanguageModel
from tegum.models.weights import device_of
from tegum.synthetic.bits import TARGETS, UNUSED
from tegum.synthetic.corpora import Grammar, adverb_variables

Array = np.ndarray
AT_ONCE = 512
"""Samples or sequences that a model reads at once."""


def bit_samples(x: Array, typed: Array) -> Samples[Classifier]:
    """Bits (sample, bit) with the variables of `tegum.synthetic.bits`.

    Args:
        x: the bits.
        typed: which of them make the input's type.
    """
    asked = {name: variable(x) for name, variable in TARGETS.items()}
    return Samples(
        read=partial(_hidden, x),
        outputs=_probabilities_of_targets,
        labels=asked | {name: variable(x) for name, variable in UNUSED.items()},
        types=input_types(x[:, typed]),
        targets=np.stack(list(asked.values()), axis=1).astype(float),
    )


def sentence_samples(
    rules: Grammar,
    words: Array,
    states: Array,
    *,
    first_position: int,
    samples: int,
    seed: int,
    adverbs: bool,
) -> Samples[LanguageModel]:
    """One position of each of many sequences (sequence, position), one longer than is read.

    At an adverb, where the number of the subject has to be carried on, variables are known, and
    a type is a token with the one before it. Anywhere else none are, and a type is a token.

    Raises:
        TegumError: where too few sequences have an adverb that late.
    """
    known, fits = adverb_variables(rules, words, states)
    fits = fits if adverbs else np.ones_like(fits)
    fits = fits[:, :-1] & (np.arange(words.shape[1] - 1) >= first_position)
    order = np.random.default_rng(seed).random(fits.shape)
    at = np.where(fits, order, -1.0).argmax(1)
    rows = np.flatnonzero(fits.any(1))[:samples]
    if len(rows) < samples:
        raise TegumError(
            f"{len(rows)} of {len(words)} sequences have an adverb after position "
            f"{first_position}, {samples} are needed; give a longer context"
        )
    words, at = words[rows], at[rows]
    here = np.arange(samples)
    types = words[here, at]
    return Samples(
        read=partial(_residual_at, words[:, :-1], at),
        outputs=_probabilities_of_tokens,
        labels={name: values[rows, at] for name, values in known.items()} if adverbs else {},
        types=input_types(np.stack([words[here, at - 1], types], axis=1)) if adverbs else types,
        targets=np.eye(rules.n_tokens)[words[here, at + 1]],
    )


def _hidden(x: Array, model: Classifier) -> Array:
    parts = torch.from_numpy(x).to(device_of(model)).split(AT_ONCE)
    return torch.cat([model.hidden(part[None].float())[0] for part in parts]).cpu().numpy()


def _probabilities_of_targets(model: Classifier, activations: Tensor) -> Tensor:
    logits = model.logits(activations[None])[0]
    return torch.stack([logits.sigmoid(), logits])


def _residual_at(words: Array, at: Array, model: LanguageModel) -> Array:
    found = []
    for first in range(0, len(words), AT_ONCE):
        rows = slice(first, first + AT_ONCE)
        batch = torch.from_numpy(words[rows])[None].to(device_of(model))
        residual = model.residual(batch)[0].cpu().numpy()
        found.append(residual[np.arange(len(residual)), at[rows]])
    return np.concatenate(found)


def _probabilities_of_tokens(model: LanguageModel, activations: Tensor) -> Tensor:
    """Logits are centred, since only their differences count."""
    logits = model.logits(activations[None, :, None])[0, :, 0]
    return torch.stack([logits.softmax(-1), logits - logits.mean(-1, keepdim=True)])
