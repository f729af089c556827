"""What was found of the texts of modules, kept from command to command: parsing takes seconds.

Facts are found by the digest of the text that they are of, so that an edit finds none.
"""

import hashlib
import os
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tegum.data import files
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL

FILE = LOCAL / "syntax.json"
MOST = 4000


@dataclass
class Facts:
    """What is known of one text."""

    syntax: str = ""
    """Digest of its syntax; empty where it is not known."""
    imports: list[list[Any]] | None = None
    """[module, names] of what is taken of modules that declare; None where it is not known."""
    defined: dict[str, list[str]] = field(default_factory=dict)
    """Names, joined by spaces, to the digests of their definitions."""


class Known:
    """Facts by the digest of a text.

    Args:
        finders: files of the modules that find them; those of other versions are forgotten.
    """

    def __init__(self, *finders: str) -> None:
        texts = b"".join(map(files.read_bytes, finders))
        self._by = hashlib.sha256(texts + f"{sys.version_info[:2]}".encode()).hexdigest()
        self._kept = self._load()
        self._facts: dict[str, Facts] = {}

    def of(self, text: str) -> Facts:
        """The facts of a text, by its digest; to be completed."""
        if text not in self._facts:
            self._facts[text] = Facts(**self._kept.get(text, {}))
        return self._facts[text]

    def keep(self) -> None:
        """Keep what is known, where that can be written; of what was kept before, `MOST` texts."""
        now = {text: asdict(facts) for text, facts in self._facts.items()}
        facts = self._kept | now if len(self._kept) < MOST else now
        if facts == self._kept:
            return
        if os.access(LOCAL if LOCAL.is_dir() else Path(), os.W_OK):
            files.write_json(FILE, {"facts": facts, "seal": self._seal(facts)})

    def _load(self) -> dict[str, Any]:
        try:
            match files.read_json(FILE):
                case {"facts": {**facts}, "seal": seal} if seal == self._seal(facts):
                    return facts
        except TegumError:
            pass
        return {}

    def _seal(self, facts: dict[str, Any]) -> str:
        return hashlib.sha256(self._by.encode() + files.json_bytes(facts)).hexdigest()
