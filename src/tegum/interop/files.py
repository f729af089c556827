"""Dictionaries from and to files, one autoencoder each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tegum.data import tensors
from tegum.data.files import parse_json, read_bytes, write_json
from tegum.dictionaries.base import Dictionary
from tegum.errors import TegumError
from tegum.interop import plain, saelens


def load(path: str | Path) -> Dictionary:
    """A dictionary from a folder of SAELens or from a file of plain safetensors."""
    return load_saelens(path) if Path(path).is_dir() else load_plain(path)


def load_saelens(folder: str | Path) -> Dictionary:
    """An ensemble of the one autoencoder that SAELens saved in a folder.

    Raises:
        TegumError: when a file is missing, malformed or damaged, or is not what can be read
            (`tegum.interop.saelens.read`).
    """
    path = Path(folder, saelens.CONFIG)
    try:
        config = parse_json(path, read_bytes(path))
    except ValueError as error:
        raise TegumError(f"{path}: not valid JSON ({error})") from None
    weights = tensors.load(Path(folder, saelens.WEIGHTS))
    return saelens.read(config, weights, str(folder))


def save_saelens(
    dictionary: Dictionary,
    folder: str | Path,
    cell: int = 0,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Save one cell so that `sae_lens.SAE.load_from_disk(folder)` loads it.

    Arguments: ``metadata``, what SAELens's users look for there, e.g. ``hook_name``.
    """
    config, weights = saelens.written(dictionary, cell, metadata)
    tensors.save(Path(folder, saelens.WEIGHTS), weights)
    write_json(Path(folder, saelens.CONFIG), config)


def load_plain(path: str | Path) -> Dictionary:
    """An ensemble of the one autoencoder in a safetensors file (`tegum.interop.plain`).

    Raises:
        TegumError: as `load_saelens`.
    """
    return plain.read(*tensors.load_described(path), str(path))


def save_plain(dictionary: Dictionary, path: str | Path, cell: int = 0) -> None:
    """Save one cell as a safetensors file."""
    tensors.save(path, *plain.written(dictionary, cell))
