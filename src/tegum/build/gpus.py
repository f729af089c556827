"""One GPU for each job of a machine that has several: a job takes one that no other job has.

The locks lie in the machine's temporary folder and not in the project, so that builds of several
clones share the GPUs, and nodes that share the folder of a project do not.
"""

import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tegum.data.locks import claim

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""Which GPUs a process sees; torch reads it when it first asks for one."""
DEVICES = Path("/dev")


def visible() -> list[str]:
    """The GPUs that this process may use: those that it was given, else all of the machine."""
    if VISIBLE in os.environ:
        return [name for name in os.environ[VISIBLE].split(",") if name]
    found = [re.fullmatch(r"nvidia(\d+)", path.name) for path in DEVICES.glob("nvidia*")]
    return sorted((match[1] for match in found if match), key=int)


def locks() -> Path:
    """The folder of this person's locks on this machine."""
    return Path(tempfile.gettempdir(), f"tegum-gpus-{os.getuid()}")


@contextmanager
def one_of_them(pause: float = 1.0) -> Iterator[str | None]:
    """See one GPU alone, which no other job has; waits until one is free.

    Where there is one at most nothing is done: SLURM gives a job its own, under the same number.

    Args:
        pause: seconds between two looks at GPUs that are all taken.
    """
    gpus = visible()
    if len(gpus) < 2:
        yield gpus[0] if gpus else None
        return
    before = os.environ.get(VISIBLE)
    gpu, handle = _free(gpus, pause)
    os.environ[VISIBLE] = gpu
    try:
        yield gpu
    finally:
        os.close(handle)
        if before is None:
            del os.environ[VISIBLE]
        else:
            os.environ[VISIBLE] = before


def _free(gpus: list[str], pause: float) -> tuple[str, int]:
    while True:
        for gpu in gpus:
            handle = claim(locks() / f"{gpu}.lock")
            if handle is not None:
                return gpu, handle
        time.sleep(pause)
