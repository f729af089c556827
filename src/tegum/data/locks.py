"""Locks that are held by one process of this machine, and let go when it ends, however that is."""

import os
from pathlib import Path


def claim(lock: str | Path) -> int | None:
    """Hold a lock; None where another process holds it.

    Returns:
        What `os.close` lets it go by.

    Raises:
        OSError: where the lock's folder cannot be written to.
    """
    import fcntl

    Path(lock).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
