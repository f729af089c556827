"""Readings that are tried in a child first: a hostile file may loop, or take all memory.

The C libraries that decode netCDF can neither be interrupted nor kept from allocating. What this
clone wrote, or has read to the end before, is known by its digest and is not tried again.
"""

import contextlib
import os
import signal
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tegum.data import files
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL

SOUND = LOCAL / "sound"
"""A line for each digest of a content that was read to its end."""
SECONDS, BYTES_A_SECOND = 5, 20 * 2**20
"""Processor time for a reading: these, and one more for so many bytes of the file."""
MEMORY, TIMES = 3 * 2**28, 20
"""Memory for a reading: so many bytes, and so many times the file."""
FAILED = 9


def run(read: Callable[[], object], digest: str, size: int) -> None:
    """Try `read` in a child, unless the content of this digest is known to be sound.

    Raises:
        TegumError: with what went wrong there, also where it took too much time or memory.
    """
    if digest in _known(Path.cwd()) or not hasattr(os, "fork"):
        return
    results, reports = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _child(read, size, reports)
    os.close(reports)
    with os.fdopen(results, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        ended = os.WTERMSIG(status)
        what = "takes too long" if ended == signal.SIGXCPU else f"ends its reader by signal {ended}"
        raise TegumError(what)
    if status:
        raise TegumError(said or "cannot be read")
    passed(digest)


def passed(digest: str) -> None:
    """Know a content as sound, where this folder has a place for local state."""
    known = _known(Path.cwd())
    if digest not in known:
        known.add(digest)
        if LOCAL.is_dir():
            with contextlib.suppress(OSError), SOUND.open("a") as file:
                file.write(f"{digest}\n")


@cache
def _known(folder: Path) -> set[str]:
    try:
        return set((folder / SOUND).read_text(errors="replace").split())
    except OSError:
        return set()


def _child(read: Callable[[], object], size: int, reports: int) -> None:
    import resource

    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        seconds = SECONDS + size // BYTES_A_SECOND
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with contextlib.suppress(OSError, ValueError):
            pages = int(Path("/proc/self/statm").read_text().split()[0])
            limit = pages * resource.getpagesize() + MEMORY + TIMES * size
            resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        read()
    except MemoryError:
        os.write(reports, b"needs more memory than a file of its size may")
    except BaseException as error:
        os.write(reports, files.one_line(error).encode()[:4096] or b"cannot be read")
    else:
        os._exit(0)
    finally:
        os._exit(FAILED)
