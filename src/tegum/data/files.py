"""Files as text, bytes and JSON: read whole, replaced at once; locks."""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import stat
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tegum.errors import TegumError
from tegum.text import shown

PARTIAL = ".partial"
"""Suffix of a file that is being written: what a killed process leaves is ignored everywhere."""
LARGEST = 4 * 2**30
"""Bytes of the largest file that is read."""
LARGEST_JSON = 2**24
"""Bytes of the longest JSON, unpacked; parsed it takes twenty times as much memory."""


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file. Raises `TegumError` when it cannot be read."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise TegumError(f"{path}: not UTF-8 ({error.reason} at byte {error.start})") from None


def read_bytes(path: str | Path, limit: int = LARGEST) -> bytes:
    """Content of a file. Raises `TegumError` when it cannot be read, or is larger than `limit`."""
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise TegumError(f"{path}: cannot be read (not a file)")
            if found.st_size > limit:
                size = f"{found.st_size / 2**20:.0f} MiB"
                raise TegumError(f"{path}: {size}, at most {limit / 2**20:.0f} MiB are read")
            return file.read()
    except OSError as error:
        raise TegumError(f"{path}: cannot be read ({error.strerror})") from None
    except (MemoryError, ValueError) as error:
        raise TegumError(f"{path}: cannot be read ({one_line(error)})") from None


def _without_waiting(path: str, flags: int) -> int:
    """Open also what nobody writes to, such as a named pipe, at once."""
    return os.open(path, flags | os.O_NONBLOCK)


def one_line(error: BaseException) -> str:
    """What an error says, its first line alone; its kind where it says nothing."""
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__


def read_json(path: str | Path) -> Any:
    """Content of a JSON file, packed where its name ends so.

    Raises:
        TegumError: when it is missing or torn.
    """
    try:
        return parse_json(path, read_bytes(path))
    except ValueError as error:
        raise TegumError(f"{path}: not valid JSON ({error}); delete it and run snakemake") from None


def parse_json(path: str | Path, content: bytes) -> Any:
    """What a JSON text says. Raises `ValueError` when it is torn, too long or too deep."""
    if _packed(path):
        content = _unpacked(content)
    if len(content) > LARGEST_JSON:
        raise ValueError(f"longer than {LARGEST_JSON >> 20} MiB")
    try:
        return json.loads(content, object_pairs_hook=distinct)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def distinct(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a mapping. Raises `ValueError` where a name is given twice."""
    found = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{shown(name)} is given twice")
        found[name] = value
    return found


def _unpacked(content: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=31)
    try:
        found = unpack.decompress(content, LARGEST_JSON + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(found) <= LARGEST_JSON and (not unpack.eof or unpack.unused_data):
        raise ValueError("it is cut, or something follows it")
    return found


def write_bytes(path: str | Path, content: bytes) -> None:
    """Replace a file at once: a reader sees the old content or the new, never a part.

    Raises:
        TegumError: when the disk is full or the folder cannot be written; the old file stays.
    """
    path = Path(path)
    temporary = path.parent / f".{path.name}.{os.urandom(8).hex()}{PARTIAL}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
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

    Never in a folder that cannot be written to.
    Also a killed process lets go, so that what it left behind can be told from what is in use.
    """
    try:
        import fcntl
    except ImportError:
        return False
    try:
        Path(lock).parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return False
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


def replace_folder(folder: str | Path, made: str | Path) -> None:
    """Put a folder that is complete in the place of another, which is removed.

    Raises:
        TegumError: when one of the two cannot be moved; the old folder is then where it was.
    """
    folder, made = Path(folder), Path(made)
    old = folder.with_name(f".{folder.name}.{os.urandom(8).hex()}{PARTIAL}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            folder.rename(old)
        try:
            shutil.move(made, folder)
        except OSError:
            if old.exists():
                old.rename(folder)
            raise
    except OSError as error:
        raise TegumError(f"{folder}: cannot be written ({error.strerror})") from None
    forget(old)
