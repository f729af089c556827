"""Arrays written in parts, and an index of them: what a killed process wrote is not written again.

A folder holds `recipe.json`, what the parts are made from; per name a folder of safetensors files,
one per part; and, once all of them are there, `index.json`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tegum.data import arrays, files, tensors
from tegum.errors import TegumError

RECIPE, INDEX = "recipe.json", "index.json"


class Shards:
    """Parts of arrays by name, in a folder.

    Args:
        folder: it need not be there.
        recipe: what decides their numbers, as JSON; a folder of another recipe is refused.

    Raises:
        TegumError: when the folder holds parts of another recipe.
    """

    def __init__(self, folder: str | Path, recipe: Mapping[str, Any]) -> None:
        self.folder, self._recipe = Path(folder), dict(recipe)
        path = self.folder / RECIPE
        if path.is_file():
            known = files.read_json(path)
            if known != self._recipe:
                names = sorted(known.keys() | recipe.keys()) if isinstance(known, dict) else []
                apart = [n for n in names if known.get(n) != self._recipe.get(n)]
                raise TegumError(
                    f"{folder}: holds what was made otherwise ({', '.join(apart)} differ); give "
                    "another folder, or remove it"
                )

    @property
    def complete(self) -> bool:
        """Whether all parts are there."""
        return (self.folder / INDEX).is_file()

    def fill(self, count: int, make: Callable[[int], Mapping[str, np.ndarray]]) -> int:
        """Make the parts that are not there; returns how many were made.

        Args:
            count: how many parts there are.
            make: from a part's number to its arrays (row, ...) by name.
        """
        if self.complete:
            return 0
        files.write_json(self.folder / RECIPE, self._recipe)
        made, parts = 0, []
        for number in range(count):
            note = self.folder / "parts" / f"{number:05d}.json"
            if not self._whole(note):
                sizes = {}
                for name, array in make(number).items():
                    file = f"{name}/{number:05d}.safetensors"
                    tensors.save(self.folder / file, {name: array})
                    sizes[file] = {"shape": list(array.shape), "dtype": str(array.dtype)}
                files.write_json(note, sizes)
                made += 1
            parts.append(files.read_json(note))
        files.write_json(self.folder / INDEX, {"recipe": self._recipe, "parts": parts})
        files.forget(self.folder / "parts")
        return made

    def _whole(self, note: Path) -> bool:
        """Whether a part was written to its end: its note is written after its files."""
        if not note.is_file():
            return False
        return all((self.folder / file).is_file() for file in files.read_json(note))


def read_index(folder: str | Path) -> dict[str, Any]:
    """The index of a folder of parts.

    Raises:
        TegumError: when it is missing, e.g. since not all parts are written, or is none.
    """
    path = Path(folder, INDEX)
    if not path.is_file():
        raise TegumError(f"{path}: missing; the folder is not complete, write it again")
    match files.read_json(path):
        case {"recipe": dict(), "parts": [*_]} as found:
            return found
    raise TegumError(f"{path}: no index of parts")


def mapped(folder: str | Path, name: str) -> list[np.ndarray]:
    """The parts of one array, unread.

    Raises:
        TegumError: when they are not those that the index names.
    """
    index = read_index(folder)
    wanted = [
        (file, tuple(size["shape"]))
        for part in index["parts"]
        for file, size in part.items()
        if file.rpartition("/")[0] == name
    ]
    if not wanted:
        names = sorted({f.rpartition("/")[0] for part in index["parts"] for f in part})
        raise TegumError(f"{folder}: no array {name!r}; it holds {', '.join(names)}")
    found = arrays.shards([Path(folder, file) for file, _ in wanted])
    wrong = [f for (f, shape), array in zip(wanted, found, strict=True) if array.shape != shape]
    if wrong:
        raise TegumError(f"{Path(folder, wrong[0])}: not the part that the index names")
    return found


def whole(folder: str | Path, name: str) -> np.ndarray:
    """All parts of one array, joined, of any type.

    Raises:
        TegumError: as `mapped`, and where a part is damaged.
    """
    parts = read_index(folder)["parts"]
    wanted = [f for part in parts for f in part if f.rpartition("/")[0] == name]
    if not wanted:
        raise TegumError(f"{folder}: no array {name!r}")
    return np.concatenate([tensors.load(Path(folder, file))[name] for file in wanted])
