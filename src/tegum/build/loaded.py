"""The code that a job has loaded is the code that its build was planned with.

A plan fingerprints sources, and a job loads them later; between the two somebody may edit them.
The plan notes what it read of each module. A job whose modules are others keeps nothing, so that
no result is recorded under the name of code that did not make it.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tegum.build.fingerprints import Source, read
from tegum.data import files
from tegum.data.syntax import source_digest, text_digest
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL

NOTES = LOCAL / "code.json"


def planned(studies: Iterable[str]) -> dict[str, dict[str, str]]:
    """The fingerprints of some studies; the modules that they are of are noted for the jobs."""
    code, sources = read(studies)
    noted = {"code": code, "modules": {name: list(source) for name, source in sources.items()}}
    if _noted() != noted and os.access(LOCAL if LOCAL.is_dir() else Path(), os.W_OK):
        files.write_json(NOTES, noted)
    return code


def _noted() -> Any:
    try:
        return files.read_json(NOTES)
    except TegumError:
        return None


class Loaded:
    """What a job may load, from before it loads a study's modules.

    Args:
        code: the fingerprints that the job names in what it records. Where they are not those of
            the last plan, e.g. of a stage run by hand on another machine, nothing is checked.
    """

    def __init__(self, code: Mapping[str, Any] | None) -> None:
        match _noted():
            case {"code": noted, "modules": {**modules}} if noted == code:
                found = {n: s for n, s in modules.items() if isinstance(s, list) and len(s) == 3}
                self._modules = {name: Source(*map(str, source)) for name, source in found.items()}
            case _:
                self._modules = {}
        self._before = {name: _about(source.file) for name, source in self._modules.items()}

    def unchanged(self) -> None:
        """Raises `TegumError` where a module that is loaded may not be what was planned with."""
        for name, source in self._modules.items():
            if name not in sys.modules:
                continue
            if _about(source.file) != self._before[name] or not _same(source):
                raise TegumError(f"{source.file} changed while this build ran: run it again")


def _about(file: str) -> tuple[int, ...]:
    """What no edit of a file leaves as it was."""
    try:
        found = os.stat(file)
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _same(source: Source) -> bool:
    """Whether a file has the text that was planned with, or the same syntax."""
    try:
        text = files.read_text(source.file)
        return text_digest(text) == source.text or source_digest(text) == source.syntax
    except TegumError:
        return False
