"""Files as text, bytes and JSON: read whole, replaced at once; locks."""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import Any

from tegum.errors import TegumError

PARTIAL = ".partial"
"""Suffix of a file that is being written: what a killed process leaves is ignored everywhere."""


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file. Raises `TegumError` when it cannot be read."""
    return read_bytes(path).decode("utf-8", errors="replace")


def read_bytes(path: str | Path) -> bytes:
    """Content of a file. Raises `TegumError` when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise TegumError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: str | Path) -> Any:
    """Content of a JSON file, packed where its name ends so.

    Raises:
        TegumError: when it is missing or torn.
    """
    content = read_bytes(path)
    try:
        return json.loads(gzip.decompress(content) if _packed(path) else content)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise TegumError(f"{path}: not valid JSON ({error}); delete it and run snakemake") from None


def write_bytes(path: str | Path, content: bytes) -> None:
    """Replace a file at once: a reader sees the old content or the new, never a part.

    Raises:
        TegumError: when the disk is full or the folder cannot be written; the old file stays.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=PARTIAL, dir=path.parent
        )
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise TegumError(
            f"{path}: cannot be written ({error.strerror}); free space or permissions, run again"
        ) from None


def json_bytes(value: Any) -> bytes:
    """JSON with sorted keys: equal values give equal bytes."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def write_json(path: str | Path, value: Any) -> None:
    """Replace a JSON file at once, packed where its name ends so."""
    content = json_bytes(value)
    write_bytes(path, gzip.compress(content, mtime=0) if _packed(path) else content)


def _packed(path: str | Path) -> bool:
    return Path(path).suffix == ".gz"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def alone(lock: str | Path) -> bool:
    """Hold `lock` for the life of this process; whether no other process held it just now.

    Also a killed process lets go, so that what it left behind can be told from what is in use.
    """
    try:
        import fcntl
    except ImportError:
        return False
    Path(lock).parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    found = True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        found = False
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH)
    return found


def forget(folder: str | Path) -> None:
    """Remove a local scratch folder or file; nothing happens when it is not there."""
    if Path(folder).is_dir():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        Path(folder).unlink(missing_ok=True)
