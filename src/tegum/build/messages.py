"""Where jobs print while bars are drawn: into a file, from which it is shown above the bars."""

import contextlib
import os
import sys

MESSAGES = "TEGUM_MESSAGES"
"""Variable with the name of that file; without it jobs print as they are."""


def redirect() -> None:
    """Let this process print where the bars of its build are not; no matter if it cannot."""
    if path := os.environ.get(MESSAGES):
        with contextlib.suppress(OSError):
            handle = os.open(path, os.O_WRONLY | os.O_APPEND)
            sys.stderr.flush()
            os.dup2(handle, 2)
            os.close(handle)
