"""Digests of files, known again by what the system says of a file as long as nobody touched it."""

import os
import stat
import time
from pathlib import Path

from tegum.data import files
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL

NOTES = LOCAL / "digests.json"
RECENT = 10**9
"""Nanoseconds within which two changes of a file can have one time."""


class Digests:
    """SHA-256 of files by path; a file is read again when anything about it is not as noted.

    Noted are device, inode, size and both times, the last of which nobody can set. A link is what
    it points to.
    """

    def __init__(self) -> None:
        try:
            known = files.read_json(NOTES)
        except TegumError:
            known = {}
        self._known: dict[str, list] = known if isinstance(known, dict) else {}
        self._new = False

    def of(self, file: str) -> str | None:
        """Digest of one file; None where there is none."""
        try:
            found = os.stat(file)
        except OSError:
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        about = [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
        match self._known.get(file):
            case [list(noted), str(digest)] if noted == about:
                return digest
        digest = files.sha256(file)
        if time.time_ns() - found.st_ctime_ns > RECENT:
            self._known[file], self._new = [about, digest], True
        return digest

    def save(self) -> None:
        """Note for the next time what was read; a folder that cannot be written to has no notes."""
        if self._new and os.access(LOCAL if LOCAL.is_dir() else Path(), os.W_OK):
            files.write_json(NOTES, {f: n for f, n in self._known.items() if os.path.exists(f)})
