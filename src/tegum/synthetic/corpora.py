"""A small language with known structure: agreement, topics, counting, and words without effect.

A sentence is ``determiner adjective* noun adverb* verb`` and, half the time, an object ``determiner
adjective* noun``, then a full stop; or it counts digits upwards, modulo their number. Nouns and
verbs belong to a topic, which persists over sentences. What a reader has to carry is known:

- the *number* of the subject is heard in its noun and decides the form of the verb, over any
  adverbs between: a model of the language uses it;
- the *style* of a determiner, one of two synonyms, decides nothing: a model has no use for it.

The grammar is a hidden Markov model, so that the entropy of the next token given all that went
before is exact (Rabiner 1989, section III A).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tegum.synthetic.batches import Stream
from tegum.synthetic.draws import FEATURES, Draws

Floats = NDArray[np.floating]
Integers = NDArray[np.int64]
State = tuple[str, int, int]
"""Slot, topic, and number of the subject or `NO_NUMBER`."""
NO_NUMBER = -1
FORMS = ("singular", "plural")
STYLES = 2


@dataclass(frozen=True)
class Language:
    """Sizes and probabilities of the grammar. Words of a class follow Zipf's law."""

    n_topics: int = 3
    n_nouns: int = 6
    """Nouns of a topic, each in two forms."""
    n_verbs: int = 4
    """Verbs of a topic, each in two forms."""
    n_adjectives: int = 6
    n_adverbs: int = 4
    n_digits: int = 10
    repeat: float = 0.35
    """Probability of an adjective or adverb, and of another after it."""
    count: float = 0.2
    """Probability that a sentence counts."""
    counting_on: float = 0.75
    """Probability of another digit after a digit."""
    topic_change: float = 0.1
    """Probability that the topic is drawn anew after a sentence."""


@dataclass(frozen=True)
class Grammar:
    """A hidden Markov model, and what its states and tokens mean."""

    transition: Floats
    """(state, state); rows sum to 1."""
    emission: Floats
    """(state, token); rows sum to 1."""
    start: Floats
    """Law of the first state, (state,)."""
    states: tuple[State, ...]
    words: tuple[str, ...]
    """Name of each token: class, then topic, form and rank where it has them, between dots."""

    @property
    def n_tokens(self) -> int:
        return len(self.words)

    def tokens(self, prefix: str) -> Integers:
        """Numbers of the tokens whose name is `prefix` or starts with it and a dot."""
        found = [i for i, w in enumerate(self.words) if f"{w}.".startswith(f"{prefix}.")]
        return np.array(found, np.int64)


def grammar(language: Language) -> Grammar:
    """The hidden Markov model of a language."""
    words, states = tuple(_words(language)), tuple(_states(language))
    at = {state: i for i, state in enumerate(states)}
    transition = np.zeros((len(states), len(states)))
    emission = np.zeros((len(states), len(words)))
    for here, state in enumerate(states):
        for following, probability in _successors(state, language):
            transition[here, at[following]] += probability
        ranks = _spoken(state, words)
        for word, rank in ranks.items():
            weight = 1.0 if state[0].endswith("determiner") else 1.0 / (1 + rank)
            emission[here, words.index(word)] = weight
    emission /= emission.sum(1, keepdims=True)
    stops = [at["stop", topic, NO_NUMBER] for topic in range(language.n_topics)]
    return Grammar(transition, emission, transition[stops].mean(0), states, words)


def _words(language: Language) -> Iterator[str]:
    yield "stop"
    for kind, count in [
        ("determiner", STYLES),
        ("adjective", language.n_adjectives),
        ("adverb", language.n_adverbs),
        ("digit", language.n_digits),
    ]:
        yield from (f"{kind}.{i}" for i in range(count))
    for kind, count in [("noun", language.n_nouns), ("verb", language.n_verbs)]:
        for topic, form, i in product(range(language.n_topics), FORMS, range(count)):
            yield f"{kind}.{topic}.{form}.{i}"


def _states(language: Language) -> Iterator[State]:
    plain = ["determiner", "adjective", "stop", *(f"digit.{d}" for d in range(language.n_digits))]
    plain += ["object_determiner", "object_adjective", "object_noun"]
    for topic in range(language.n_topics):
        yield from ((slot, topic, NO_NUMBER) for slot in plain)
        yield from product(("noun", "adverb", "verb"), (topic,), range(len(FORMS)))


def _spoken(state: State, words: Sequence[str]) -> dict[str, int]:
    """The words of a state, with their rank."""
    slot, topic, number = state
    kind = slot.removeprefix("object_")
    forms = FORMS if number == NO_NUMBER else (FORMS[number],)
    if kind in ("noun", "verb"):
        prefixes = tuple(f"{kind}.{topic}.{form}." for form in forms)
    else:
        prefixes = (f"{kind}.",)
    found = [w for w in words if f"{w}.".startswith(prefixes)]
    return {word: int(word.split(".")[-1]) if "." in word else 0 for word in found}


def _successors(state: State, language: Language) -> list[tuple[State, float]]:
    """States that follow a state, with their probabilities."""
    slot, topic, number = state
    on, stop = language.repeat, ("stop", topic, NO_NUMBER)
    if slot in ("determiner", "adjective"):
        nouns = [(("noun", topic, n), (1 - on) / len(FORMS)) for n in range(len(FORMS))]
        return [(("adjective", topic, NO_NUMBER), on), *nouns]
    if slot in ("noun", "adverb"):
        return [(("adverb", topic, number), on), (("verb", topic, number), 1 - on)]
    if slot == "verb":
        return [(("object_determiner", topic, NO_NUMBER), 0.5), (stop, 0.5)]
    if slot in ("object_determiner", "object_adjective"):
        noun = (("object_noun", topic, NO_NUMBER), 1 - on)
        return [(("object_adjective", topic, NO_NUMBER), on), noun]
    if slot == "object_noun":
        return [(stop, 1.0)]
    if slot == "stop":
        return [
            ((first, other, NO_NUMBER), among_topics * p)
            for other, among_topics in enumerate(_next_topic(topic, language))
            for first, p in _first_slots(language)
        ]
    following = f"digit.{(int(slot.split('.')[1]) + 1) % language.n_digits}"
    return [((following, topic, NO_NUMBER), language.counting_on), (stop, 1 - language.counting_on)]


def _next_topic(topic: int, language: Language) -> Floats:
    law = np.full(language.n_topics, language.topic_change / language.n_topics)
    law[topic] += 1 - language.topic_change
    return law


def _first_slots(language: Language) -> list[tuple[str, float]]:
    each = language.count / language.n_digits
    digits = [(f"digit.{d}", each) for d in range(language.n_digits)]
    return [("determiner", 1 - language.count), *digits]


def sampled(rules: Grammar, uniform: Floats) -> tuple[Integers, Integers]:
    """Tokens and states (sample, position) from uniform numbers (2, sample, position)."""
    transition, emission = _Rows(rules.transition), _Rows(rules.emission)
    states = np.empty(uniform.shape[1:], np.int64)
    states[:, 0] = _Rows(rules.start[None]).drawn(np.zeros(uniform.shape[1], int), uniform[0, :, 0])
    for position in range(1, uniform.shape[2]):
        states[:, position] = transition.drawn(states[:, position - 1], uniform[0, :, position])
    return emission.drawn(states, uniform[1]), states


class _Rows:
    """Rows of probabilities (row, value), from which many values are drawn at once."""

    def __init__(self, probabilities: Floats) -> None:
        cumulative = probabilities.cumsum(1)
        cumulative /= cumulative[:, -1:]
        self._values = probabilities.shape[1]
        self._edges = (cumulative + np.arange(len(probabilities))[:, None]).ravel()

    def drawn(self, rows: Integers, uniform: Floats) -> Integers:
        """A value of each of these rows, from uniform numbers of the same shape."""
        found = np.searchsorted(self._edges, rows + uniform.astype(float), side="right")
        return found - self._values * rows


def next_token_loss(rules: Grammar, tokens: Integers) -> Floats:
    """-log p(token | all tokens before it), exact: (sample, position) -> the same, in nats.

    The forward algorithm; its mean is the least cross-entropy that any model can have.
    """
    law = np.broadcast_to(rules.start, (tokens.shape[0], rules.start.size))
    losses = np.empty(tokens.shape)
    for position in range(tokens.shape[1]):
        joint = law * rules.emission[:, tokens[:, position]].T
        probability = joint.sum(1, keepdims=True)
        losses[:, position] = -np.log(probability[:, 0])
        law = (joint / probability) @ rules.transition
    return losses


ROLES = {
    "number": "used",
    "topic": "used",
    "style": "unused_linear",
    "style_xor": "unused_nonlinear",
}
"""Variables of a sentence, and whether a model of the language has a use for them."""


def adverb_variables(
    rules: Grammar, words: Integers, states: Integers
) -> tuple[dict[str, NDArray[np.bool_]], NDArray[np.bool_]]:
    """Variable to (sequence, position) bool, and where they are defined: at adverbs.

    ``number`` of the subject; ``topic``, whether it is the first; ``style`` of the last determiner;
    ``style_xor``, whether that differs from the parity of the adverb.
    """
    slots, topics, numbers = (np.array(part) for part in zip(*rules.states, strict=True))
    styles = np.isin(words, rules.tokens("determiner"))
    last = np.maximum.accumulate(np.where(styles, np.arange(words.shape[1]), 0), axis=1)
    style = np.take_along_axis(words, last, 1) == rules.tokens("determiner")[1]
    odd = np.isin(words, rules.tokens("adverb")[1::2])
    known = numbers[states] == 1, topics[states] == 0, style, style ^ odd
    return dict(zip(ROLES, known, strict=True)), slots[states] == "adverb"


class CorpusStream(Stream):
    """Batches (tokens (cell, sample, position),) of int64, sequences that start with a sentence.

    Arguments: ``seeds``, the data stream of each cell; ``batch``, sequences; ``length``, tokens.
    """

    def __init__(
        self, rules: Grammar, seeds: Sequence[int], batch: int, length: int, device: str = "cpu"
    ) -> None:
        self.n_cells = len(seeds)
        self._rules, self._shape, self._device = rules, (2, batch, length), device
        self._draws = {seed: Draws(seed) for seed in seeds}
        self._seeds = list(seeds)

    def batch(self, step: int) -> tuple[Tensor]:
        drawn = {seed: self.sentences(seed, step)[0] for seed in self._draws}
        tokens = np.stack([drawn[seed] for seed in self._seeds])
        return (torch.from_numpy(tokens).to(self._device),)

    def sentences(self, seed: int, step: int) -> tuple[Integers, Integers]:
        """Tokens and states (sample, position) of one seed's batch."""
        return sampled(self._rules, self._draws[seed].uniform(self._shape, FEATURES, step))
