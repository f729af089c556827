"""How kernels are compiled, and where what was compiled is kept.

``fastmath`` is never True: it lets the compiler assume that no number is infinite and replace
divisions and roots by estimates, which moves trajectories. Products may be contracted with sums,
and sums reordered, so that loops use vectors. On x86-64 the code is that for processors with AVX2
(all since 2015), whatever the machine has, so that a model has the same bits on all of them.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from llvmlite import binding
from numba import config

from tegum.data import files

F = TypeVar("F", bound=Callable[..., Any])
LOCAL = ".tegum/numba"
"""Where compiled kernels are kept, unless NUMBA_CACHE_DIR names another place; safe to lose."""


def _prepare() -> bool:
    """Choose the folder of these very sources; whether it can be written.

    numba notices an edit of the file of a function, not one of another file that it calls: hence a
    folder for each state of the sources of all kernels.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(files.read_text(path).encode())
    root = Path(os.environ.get("NUMBA_CACHE_DIR") or LOCAL).absolute()
    folder = root / digest.hexdigest()[:16]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    config.CACHE_DIR = str(folder)  # pyright: ignore
    return os.access(folder, os.W_OK)


def _same_processor() -> None:
    """Compile for one kind of processor, where this one can do what that can."""
    features = binding.get_host_cpu_features()
    if features.get("avx2") and features.get("fma"):
        config.CPU_NAME, config.CPU_FEATURES = "haswell", ""  # pyright: ignore


_same_processor()
_KEPT = _prepare()


def compiled(function: F) -> F:
    """A function compiled at its first call, or read from the folder of compiled kernels."""
    return numba.njit(fastmath={"contract", "reassoc"}, error_model="numpy", cache=_KEPT)(function)  # pyright: ignore
