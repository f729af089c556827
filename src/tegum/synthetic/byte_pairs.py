"""Tokens by byte-pair encoding over characters (Sennrich, Haddow and Birch 2016), from counts.

A text is cut into pieces first: words with the space before them, single digits, runs of other
signs, and line breaks with the indent behind them. Merges stay within a piece, and of pairs that
are equally frequent the smaller one is merged, so that equal texts give equal tokens everywhere.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tegum.errors import TegumError

PIECES = re.compile(r" ?[A-Za-z]+|\d|\n *|\s| ?[^\sA-Za-z\d]+")
UNKNOWN = 0
"""The token of characters that the vocabulary lacks."""
RARE = 20
"""Characters that a text has fewer times are unknown."""

Pair = tuple[int, int]


class Tokenizer:
    """Tokens of text, and text of tokens.

    Arguments: ``pairs`` (token, 2): of a merged token the two that it is made of; of a character
    -1 and its code point; of the unknown token -1 twice.
    """

    def __init__(self, pairs: ArrayLike) -> None:
        self.pairs = np.asarray(pairs, int)
        self._characters: dict[str, int] = {}
        self._ranks: dict[Pair, int] = {}
        self.texts: list[str] = []
        """What each token stands for."""
        for token, (first, second) in enumerate(self.pairs.tolist()):
            if first >= 0:
                self._ranks[first, second] = token
                self.texts.append(self.texts[first] + self.texts[second])
            else:
                self.texts.append("\N{REPLACEMENT CHARACTER}" if second < 0 else chr(second))
                self._characters[self.texts[-1]] = token
        self._known: dict[str, list[int]] = {}

    def encode(self, text: str) -> NDArray[np.int64]:
        """Tokens of a text, (position,)."""
        found: list[int] = []
        for piece in PIECES.findall(text):
            if piece not in self._known:
                self._known[piece] = self._merged(piece)
            found += self._known[piece]
        return np.array(found, np.int64)

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens."""
        return "".join(self.texts[token] for token in tokens)

    def _merged(self, piece: str) -> list[int]:
        tokens = [self._characters.get(c, UNKNOWN) for c in piece]
        while len(tokens) > 1:
            ranks = [self._ranks.get(p, len(self.pairs)) for p in zip(tokens, tokens[1:])]  # noqa: B905, RUF007
            best = min(ranks)
            if best == len(self.pairs):
                break
            tokens = _joined(tokens, self._pair(best), best)
        return tokens

    def _pair(self, token: int) -> Pair:
        first, second = self.pairs[token].tolist()
        return first, second


def learn(text: str, n_tokens: int) -> Tokenizer:
    """A tokenizer of so many tokens, whose merges are those of the most frequent pairs.

    Raises:
        TegumError: where the characters of the text leave no room, or its pairs run out.
    """
    pieces = Counter(PIECES.findall(text))
    characters: Counter[str] = Counter()
    for piece, count in pieces.items():
        for character in piece:
            characters[character] += count
    alphabet = sorted(c for c, count in characters.items() if count >= RARE)
    if len(alphabet) >= n_tokens:
        raise TegumError(
            f"n_tokens is {n_tokens}; the text has {len(alphabet)} characters, give more"
        )
    pairs = [(-1, -1), *((-1, ord(c)) for c in alphabet)]
    numbers = {c: i + 1 for i, c in enumerate(alphabet)}
    words = [[numbers.get(c, UNKNOWN) for c in piece] for piece in pieces]
    merges = _Merges(words, list(pieces.values()))
    while len(pairs) < n_tokens:
        pairs.append(merges.merge(len(pairs)))
    return Tokenizer(pairs)


class _Merges:
    """Counts of neighbouring tokens, kept up to date as the most frequent pair is merged."""

    def __init__(self, words: list[list[int]], counts: list[int]) -> None:
        self._words, self._counts = words, counts
        self._pairs: Counter[Pair] = Counter()
        self._where: defaultdict[Pair, set[int]] = defaultdict(set)
        for number in range(len(words)):
            self._count(number, 1)

    def merge(self, token: int) -> Pair:
        """Make the most frequent pair one token; returns the pair."""
        known = [(-count, pair) for pair, count in self._pairs.items() if UNKNOWN not in pair]
        most, pair = min(known, default=(0, (0, 0)))
        if most == 0:
            raise TegumError(f"the text has no pair left for token {token}; give fewer tokens")
        for number in sorted(self._where.pop(pair)):
            self._count(number, -1)
            self._words[number] = _joined(self._words[number], pair, token)
            self._count(number, 1)
        return pair

    def _count(self, number: int, sign: int) -> None:
        word = self._words[number]
        for pair in zip(word, word[1:]):  # noqa: B905, RUF007
            self._pairs[pair] += sign * self._counts[number]
            self._where[pair].add(number)


def _joined(tokens: list[int], pair: Pair, token: int) -> list[int]:
    """The same tokens, every occurrence of the pair from the left replaced by one."""
    found, i = [], 0
    while i < len(tokens):
        here = i + 1 < len(tokens) and (tokens[i], tokens[i + 1]) == pair
        found.append(token if here else tokens[i])
        i += 2 if here else 1
    return found
