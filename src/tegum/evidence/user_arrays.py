"""Arrays of a user by name, each checked when it is asked for."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tegum.errors import TegumError

Array = NDArray[np.floating]
LARGEST = 1e12
"""Largest number: the squares of larger ones leave single precision when they are summed."""


class UserArrays:
    """Of the file `where`: those `needed`, the first of them (sample, dimension), and others.

    Raises:
        TegumError: here and in all methods, naming `where` and the array that is missing, of
            another type or shape, or with values that it cannot have.
    """

    def __init__(
        self, arrays: Mapping[str, np.ndarray], where: str, needed: Sequence[str], least: int
    ) -> None:
        self.arrays, self.where, self.first = arrays, where, needed[0]
        for name in needed:
            if name not in arrays:
                raise TegumError(
                    f"{where}: no array {name!r}, found {listed(arrays)}; give "
                    f"{', '.join(needed)}, of the same samples"
                )
        self.shape = np.shape(arrays[self.first])
        if len(self.shape) != 2 or self.shape[0] < least or not self.shape[1]:
            raise TegumError(
                f"{where}: {self.first} has shape {self.shape}; give (sample, dimension), with at "
                f"least {least} samples"
            )

    def numbers(self, name: str, shape: tuple[int | None, ...]) -> Array:
        """A finite array of numbers; None in `shape` stands for any length."""
        array = np.asarray(self.arrays[name])
        if array.dtype.kind not in "biuf":
            raise TegumError(f"{self.where}: {name} has type {array.dtype}; give real numbers")
        fits = len(shape) == array.ndim and all(
            n is None or n == m for n, m in zip(shape, array.shape, strict=True)
        )
        if not fits:
            wanted = ", ".join("any" if n is None else str(n) for n in shape)
            raise TegumError(
                f"{self.where}: {name} has shape {array.shape}; expected ({wanted}), as "
                f"{self.first} has {self.shape}"
            )
        array = array.astype(np.float32 if array.dtype.itemsize <= 4 else float)
        fine = (np.abs(array) <= LARGEST).reshape(len(array), -1).all(1)
        bad = np.flatnonzero(~fine)
        if bad.size:
            raise TegumError(
                f"{self.where}: {name} has values that are not finite or beyond {LARGEST:g}, first "
                f"in row {bad[0]}; leave those {bad.size} rows out, or give smaller units"
            )
        return array

    def flags(self, name: str, shape: tuple[int | None, ...]) -> NDArray[np.bool_]:
        """An array of 0 and 1."""
        array = self.numbers(name, shape)
        if not np.isin(array, (0, 1)).all():
            raise TegumError(f"{self.where}: {name} has values other than 0 and 1; give 1 for yes")
        return array.astype(bool)

    def balanced(self, labels: NDArray[np.bool_], names: Sequence[str], least: int) -> None:
        """Refuse labels (sample, variable) with fewer than `least` samples of one kind."""
        for name, yes in zip(names, labels.sum(0).tolist(), strict=True):
            if min(yes, len(labels) - yes) < least:
                raise TegumError(
                    f"{self.where}: variable {name!r} is 1 in {yes} of {len(labels)} samples; give "
                    f"at least {least} samples with and {least} without it"
                )


def listed(names: Iterable[str]) -> str:
    """Names from a file, as they may be printed."""
    return ", ".join(map(printable, names)) or "nothing"


def printable(name: str) -> str:
    """A name from a file without characters that would steer a terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def plain(name: str) -> str:
    """A name without what bokeh takes for TeX, for which it would load a script."""
    return name.replace("$", "").replace("\\", "")


def check_distinct(names: Sequence[str], what: str, where: str) -> None:
    """Raise `TegumError` where two names of a file could not be told apart on a page."""
    shown = [plain(printable(name)) for name in names]
    twice = sorted({n for n in shown if shown.count(n) > 1 or not n.strip()})
    if twice:
        raise TegumError(f"{where}: the {what} {twice[0]!r} is given twice, or says nothing")
