"""Architectures by name, and what their sparsity is set by.

An architecture's module is imported when it is asked for: whoever fits one kind of dictionary does
not depend on the code of the others.
"""

from importlib import import_module
from typing import Any

from tegum.dictionaries.base import Dictionary, Penalised
from tegum.errors import TegumError

ARCHITECTURES: dict[str, str] = {
    "standard": "Standard",
    "l1": "L1",
    "gated": "Gated",
    "jumprelu": "JumpReLU",
    "topk": "TopK",
    "batchtopk": "BatchTopK",
    "matryoshka": "Matryoshka",
    "matching_pursuit": "MatchingPursuit",
}
"""Name, which is that of its module, to class."""


def architecture(name: str) -> type[Dictionary]:
    """The class of an architecture.

    Raises:
        TegumError: for an unknown name.
    """
    if name not in ARCHITECTURES:
        raise TegumError(f"unknown architecture {name!r}; give one of {', '.join(ARCHITECTURES)}")
    return getattr(import_module(f"tegum.dictionaries.{name}"), ARCHITECTURES[name])


def sparsity_argument(name: str) -> str:
    """Which constructor argument sets how sparse: ``penalty_strength`` or ``k``."""
    return "penalty_strength" if issubclass(architecture(name), Penalised) else "k"


def build(name: str, *, sparsity: Any, **options: Any) -> Dictionary:
    """An ensemble of dictionaries of one architecture.

    Args:
        sparsity: lambda or k, one number or one per cell.
        options: of the class.
    """
    return architecture(name)(**{sparsity_argument(name): sparsity}, **options)
