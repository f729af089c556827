"""Architectures by name, and what their sparsity is set by."""

from typing import Any

from tegum.dictionaries.base import Dictionary, Penalised
from tegum.dictionaries.batchtopk import BatchTopK
from tegum.dictionaries.gated import Gated
from tegum.dictionaries.jumprelu import JumpReLU
from tegum.dictionaries.l1 import L1
from tegum.dictionaries.matryoshka import Matryoshka
from tegum.dictionaries.standard import Standard
from tegum.dictionaries.topk import TopK
from tegum.errors import TegumError

ARCHITECTURES: dict[str, type[Dictionary]] = {
    "standard": Standard,
    "l1": L1,
    "gated": Gated,
    "jumprelu": JumpReLU,
    "topk": TopK,
    "batchtopk": BatchTopK,
    "matryoshka": Matryoshka,
}


def architecture(name: str) -> type[Dictionary]:
    """The class of an architecture.

    Raises `TegumError` for an unknown name.
    """
    if name not in ARCHITECTURES:
        raise TegumError(f"unknown architecture {name!r}; give one of {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def sparsity_argument(name: str) -> str:
    """Which constructor argument sets how sparse: ``penalty_strength`` or ``k``."""
    return "penalty_strength" if issubclass(architecture(name), Penalised) else "k"


def build(name: str, *, sparsity: Any, **options: Any) -> Dictionary:
    """An ensemble of dictionaries of one architecture.

    Arguments: ``sparsity``, lambda or k, one number or one per cell; ``options`` of the class.
    """
    return architecture(name)(**{sparsity_argument(name): sparsity}, **options)
