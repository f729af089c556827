"""Texts in numeric arrays: UTF-8 in fixed room."""

from collections.abc import Sequence


def utf8(text: str, size: int) -> list[int]:
    """The first bytes of a text as numbers, filled up with 0; no letter is cut."""
    whole = text.encode()[:size].decode(errors="ignore").encode()
    return [*whole, *[0] * (size - len(whole))]


def from_utf8(codes: Sequence[int]) -> str:
    """The text that `utf8` wrote."""
    return bytes(int(c) for c in codes).rstrip(b"\0").decode()
