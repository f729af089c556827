"""Rows with their keys: buckets beside their manifests, and the local cache of rows."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tegum.data import files, netcdf
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL, keys_of

if TYPE_CHECKING:
    import xarray as xr

    from tegum.data.schema import Schema

CACHE_BYTES = 4 * 2**30


def save_rows(
    path: str, dataset: "xr.Dataset", keys: Sequence[str], schema: "Schema | None"
) -> None:
    """Save one bucket and, beside it, the key of each row and the file's digest."""
    netcdf.check(path, dataset, schema)
    content = netcdf.encode(dataset)
    files.write_bytes(path, content)
    files.write_json(
        keys_of(path),
        {"keys": list(keys), "sha256": hashlib.sha256(content).hexdigest()},
    )


def load_rows(
    path: str, keys: Sequence[str] | None = None, schema: "Schema | None" = None
) -> tuple["xr.Dataset", list[str]]:
    """Load one bucket and the keys of its rows.

    Args:
        keys: the keys that the parameters imply; rows with other keys are refused.

    Raises:
        TegumError: when the file is not the one that its manifest names, or is stale.
    """
    known, digest = _manifest(keys_of(path))
    content = files.read_bytes(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise TegumError(f"{path}: not the file that its manifest names; delete it, run snakemake")
    if keys is not None and list(keys) != known:
        raise TegumError(f"{path}: made from other parameters or code; run snakemake")
    return netcdf.decode(path, content, schema), known


def known_keys(manifest: str | Path) -> list[str]:
    """The keys of the rows of one bucket. Raises `TegumError` when it is no manifest."""
    return _manifest(manifest)[0]


def _manifest(path: str | Path) -> tuple[list[str], str]:
    match files.read_json(path):
        case {"keys": [*keys], "sha256": str(digest)} if all(isinstance(k, str) for k in keys):
            return keys, digest
    raise TegumError(f"{path}: not a manifest of rows; delete it and run snakemake")


def remember(path: str, study: str, stage: str) -> None:
    """Put a bucket file into the local row cache, where later jobs find its rows by key.

    It is linked, or copied where the cache is on another disk or on one without hard links.
    """
    if not Path(path).is_file() or not Path(keys_of(path)).is_file():
        return
    keys = files.read_bytes(keys_of(path))
    name = _cache(study, stage) / hashlib.sha256(keys).hexdigest()[:24]
    if name.with_suffix(".keys.json").exists():
        return
    rows = name.with_suffix(".nc")
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        rows.unlink(missing_ok=True)
        try:
            os.link(path, rows)
        except OSError:
            files.write_bytes(rows, files.read_bytes(path))
        files.write_bytes(name.with_suffix(".keys.json"), keys)
    except (OSError, TegumError):
        return


def recall(study: str, stage: str, keys: Sequence[str]) -> dict[str, "xr.Dataset"]:
    """Rows of the local cache by key (each a Dataset with `cell` of length 1).

    Damaged files are forgotten, so that a good one can take their place.
    """
    wanted, found = set(keys), {}
    for manifest in sorted(_cache(study, stage).glob("*.keys.json")):
        try:
            known = known_keys(manifest)
            if wanted.isdisjoint(known):
                continue
            dataset, _ = load_rows(str(manifest).removesuffix(".keys.json") + ".nc")
        except TegumError:
            manifest.unlink(missing_ok=True)
            continue
        for row, key in enumerate(known):
            if key in wanted:
                found[key] = dataset.isel(cell=[row])
                wanted.discard(key)
    return found


def drop(study: str, stage: str, keys: Sequence[str]) -> None:
    """Forget the files that hold one of these rows, and those that cannot be read."""
    for manifest in _cache(study, stage).glob("*.keys.json"):
        try:
            known = known_keys(manifest)
        except TegumError:  # damaged, or forgotten by another job meanwhile
            known = list(keys)
        if not set(keys).isdisjoint(known):
            manifest.unlink(missing_ok=True)


def trim(limit: int = CACHE_BYTES) -> None:
    """Forget the oldest cached rows until the cache is smaller than `limit` bytes."""
    cached = [(f, f.stat()) for f in (LOCAL / "rows").rglob("*.nc")]
    total = sum(s.st_size for _, s in cached)
    for file, stat in sorted(cached, key=lambda f: f[1].st_mtime):
        if total <= limit:
            return
        total -= stat.st_size
        file.unlink(missing_ok=True)
        Path(keys_of(str(file))).unlink(missing_ok=True)


def _cache(study: str, stage: str) -> Path:
    return LOCAL / "rows" / study / stage
