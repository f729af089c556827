"""Arrays that are larger than memory: mapped from npy and safetensors files, read row by row."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tegum.data import files
from tegum.errors import TegumError

SUFFIXES = (".npy", ".safetensors")
TYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}
"""Types of safetensors that are mapped; numpy has no bfloat16, whose bits are those of a uint16."""


def shards(paths: str | Path | Sequence[str | Path]) -> list[np.ndarray]:
    """The arrays of files, or of all files of a folder in the order of their names, unread.

    Args:
        paths: npy files of one array each, safetensors files of one or more, or a folder of them.

    Returns:
        Read-only maps. A `uint16` one is of bfloat16: `float32` reads its rows.

    Raises:
        TegumError: naming the file that is missing, damaged, or of a type without real numbers.
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    found = [array for path in given for file in _files(Path(path)) for array in _mapped(file)]
    if not found:
        raise TegumError(f"{paths}: no arrays; give files that end in {' or '.join(SUFFIXES)}")
    return found


def float32(rows: np.ndarray) -> np.ndarray:
    """Rows of a map as numbers of single precision."""
    if rows.dtype == np.uint16:
        return (rows.astype(np.uint32) << 16).view(np.float32)
    return np.ascontiguousarray(rows, dtype=np.float32)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(p for p in path.iterdir() if p.suffix in SUFFIXES)


def _mapped(path: Path) -> Iterator[np.ndarray]:
    if path.suffix not in SUFFIXES:
        raise TegumError(f"{path}: expected a file that ends in {' or '.join(SUFFIXES)}")
    try:
        if path.suffix == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            if array.dtype.kind != "f":
                raise ValueError(f"its type is {array.dtype}, expected floating point")
            yield array
        else:
            yield from _tensors(path)
    except OSError as error:
        raise TegumError(f"{path}: cannot be read ({error.strerror or error})") from None
    except Exception as error:
        raise TegumError(f"{path}: cannot be mapped ({files.one_line(error)})") from None


def _tensors(path: Path) -> Iterator[np.ndarray]:
    """Maps of the tensors of a file, whose header the format's own reader has checked."""
    import safetensors

    with safetensors.safe_open(path, "np") as checked:
        names = list(checked.keys())
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size), object_pairs_hook=files.distinct)
    for name in names:
        entry = header[name]
        if entry["dtype"] not in TYPES:
            raise ValueError(f"tensor {name!r} has type {entry['dtype']}, not {', '.join(TYPES)}")
        start = 8 + size + entry["data_offsets"][0]
        shape = tuple(entry["shape"])
        yield np.memmap(path, TYPES[entry["dtype"]], "r", start, shape)
