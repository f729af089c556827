"""Figures without a picture: the helpers check what they are given, and nothing is drawn.

Most of the time that a figure takes is HoloViews'. What can be wrong in a study's call is found by
the helpers of `tegum.figures.theme` and by xarray, before HoloViews is given numbers.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import holoviews as hv
import xarray as xr

from tegum.figures import style, theme


class Blank:
    """What stands where HoloViews does: every attribute, call and overlay gives it again."""

    def __getattr__(self, name: str) -> Self:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> Self:
        return self

    def __mul__(self, _: object) -> Self:
        return self

    __rmul__ = __add__ = __radd__ = __mul__

    def keys(self) -> tuple[str, ...]:
        """No options, where they are unpacked."""
        return ()


@contextmanager
def holoviews(room: str) -> Iterator[None]:
    """A time in which the helpers, and the modules of a study's room, find no HoloViews.

    Args:
        room: the package that is the room.
    """
    names = {theme.__name__, style.__name__, *(n for n in sys.modules if n.startswith(f"{room}."))}
    modules = [m for n in names if vars(m := sys.modules[n]).get("hv") is hv]
    dataset: Any = xr.Dataset
    accessor = vars(dataset)["hvplot"]
    for module in modules:
        vars(module)["hv"] = Blank()
    dataset.hvplot = Blank()
    try:
        yield
    finally:
        for module in modules:
            vars(module)["hv"] = hv
        dataset.hvplot = accessor
