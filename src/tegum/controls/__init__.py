"""Transforms of activations, weights or labels that each destroy exactly one kind of structure.

Called, the room is the battery that uses them all: `tegum.controls(activations, labels)`.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """A module that can be called: `tegum.controls` names both the controls and their battery."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        return import_module("tegum.library.battery").controls(*args, **options)


sys.modules[__name__].__class__ = _Room
