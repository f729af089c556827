"""The only module that opens files: atomic saves, checked loads, the local row cache."""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL, keys_of

if TYPE_CHECKING:
    import xarray as xr

    from tegum.data.schema import Schema
    from tegum.data.tensors import Layout, Tensors

CACHE_BYTES = 4 * 2**30
PARTIAL = ".partial"
"""Suffix of a file that is being written: what a killed process leaves is ignored everywhere."""
AGAIN = "delete it and run snakemake, or dvc checkout"
COMPRESSED = 4096
"""Bytes from which a variable is compressed: the index of its chunks takes about as much."""
DIGEST = b"\nsha256:"
"""What separates a dataset from its digest; netCDF readers ignore what follows a dataset."""


def read_text(path: str | Path) -> str:
    """Text of a UTF-8 file. Raises `TegumError` when it cannot be read."""
    return read_bytes(path).decode("utf-8", errors="replace")


def read_bytes(path: str | Path) -> bytes:
    """Content of a file. Raises `TegumError` when it cannot be read."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise TegumError(f"{path}: cannot be read ({error.strerror})") from None


def read_json(path: str | Path) -> Any:
    """Content of a JSON file, packed where its name ends so.

    Raises:
        TegumError: when it is missing or torn.
    """
    content = read_bytes(path)
    try:
        return json.loads(gzip.decompress(content) if _packed(path) else content)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise TegumError(f"{path}: not valid JSON ({error}); delete it and run snakemake") from None


def write_bytes(path: str | Path, content: bytes) -> None:
    """Replace a file at once: a reader sees the old content or the new, never a part.

    Raises:
        TegumError: when the disk is full or the folder cannot be written; the old file stays.
    """
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=PARTIAL, dir=path.parent
        )
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise TegumError(
            f"{path}: cannot be written ({error.strerror}); free space or permissions, run again"
        ) from None


def json_bytes(value: Any) -> bytes:
    """JSON with sorted keys: equal values give equal bytes."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def write_json(path: str | Path, value: Any) -> None:
    """Replace a JSON file at once, packed where its name ends so."""
    content = json_bytes(value)
    write_bytes(path, gzip.compress(content, mtime=0) if _packed(path) else content)


def _packed(path: str | Path) -> bool:
    return Path(path).suffix == ".gz"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def encode(dataset: "xr.Dataset") -> bytes:
    """netCDF bytes of a Dataset: equal numbers and labels give equal bytes."""
    clean = dataset.drop_encoding()
    names, coords = sorted(map(str, clean.data_vars)), sorted(map(str, clean.coords))
    clean = clean[names].assign_coords({c: clean[c] for c in coords})
    clean.attrs = dict(sorted(dataset.attrs.items()))
    encoding = {}
    for name, var in clean.variables.items():
        var.attrs = dict(sorted(var.attrs.items()))
        encoding[name] = {"dtype": "S1"} if var.dtype.kind in "OUS" else {}
        if var.nbytes >= COMPRESSED:
            encoding[name] |= {"zlib": True, "complevel": 4, "shuffle": True}
        if var.dtype.kind == "f":
            encoding[name]["_FillValue"] = None
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "dataset.nc")
            clean.to_netcdf(path, engine="netcdf4", encoding=encoding)
            return path.read_bytes()
    except (OSError, RuntimeError) as error:
        raise TegumError(
            f"{tempfile.gettempdir()}: a dataset cannot be written there ({error}); "
            "free space, or set TMPDIR, and run again"
        ) from None


def save_dataset(path: str | Path, dataset: "xr.Dataset", schema: "Schema | None") -> None:
    """Check a Dataset against its schema and replace the file at once.

    The file ends with the digest of what precedes.
    """
    check(path, dataset, schema)
    content = encode(dataset)
    write_bytes(path, content + DIGEST + hashlib.sha256(content).hexdigest().encode())


def load_dataset(path: str | Path, schema: "Schema | None" = None) -> "xr.Dataset":
    """Load a whole Dataset into memory and check it against its schema.

    Raises:
        TegumError: when it is missing, damaged, or not what the schema says.
    """
    if not Path(path).is_file():
        raise TegumError(f"{path}: missing; run snakemake, or dvc pull")
    content = read_bytes(path)
    whole, mark, digest = content[:-72], content[-72:-64], content[-64:]
    if mark == DIGEST and hashlib.sha256(whole).hexdigest().encode() != digest:
        raise TegumError(f"{path}: damaged (not what its digest says); {AGAIN}")
    return decode(path, content, schema)


def decode(path: str | Path, content: bytes, schema: "Schema | None" = None) -> "xr.Dataset":
    """The Dataset in `content`, checked; from memory, since the file may be replaced meanwhile."""
    import xarray as xr

    try:
        dataset = xr.load_dataset(content, engine="netcdf4")
    except Exception as error:
        raise TegumError(f"{path}: damaged ({error}); {AGAIN}") from None
    check(path, dataset, schema)
    return dataset


def check(path: str | Path, dataset: "xr.Dataset", schema: "Schema | None") -> None:
    """Raise `TegumError` naming file, variable, what was expected and what was found."""
    if schema is None:
        return
    from pandera.errors import SchemaError, SchemaErrors

    try:
        schema.validate(dataset)
    except SchemaErrors as error:
        lines = [f"{path}: {e.schema.name}: {e}".splitlines()[0] for e in error.schema_errors]
        raise TegumError("\n".join(lines)) from None
    except SchemaError as error:
        raise TegumError(f"{path}: {error}") from None


def load_arrays(path: str | Path) -> "Tensors":
    """Arrays by name of an npz file without Python objects, or of a safetensors file.

    Raises:
        TegumError: when it cannot be read, is neither, or holds Python objects.
    """
    from tegum.data.tensors import decode_npz

    if Path(path).suffix == ".safetensors":
        return load_tensors(path)
    return decode_npz(path, read_bytes(path))


def save_rows(
    path: str, dataset: "xr.Dataset", keys: Sequence[str], schema: "Schema | None"
) -> None:
    """Save one bucket and, beside it, the key of each row and the file's digest."""
    check(path, dataset, schema)
    content = encode(dataset)
    write_bytes(path, content)
    write_json(
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
    content = read_bytes(path)
    if hashlib.sha256(content).hexdigest() != digest:
        raise TegumError(f"{path}: not the file that its manifest names; delete it, run snakemake")
    if keys is not None and list(keys) != known:
        raise TegumError(f"{path}: made from other parameters or code; run snakemake")
    return decode(path, content, schema), known


def known_keys(manifest: str | Path) -> list[str]:
    """The keys of the rows of one bucket. Raises `TegumError` when it is no manifest."""
    return _manifest(manifest)[0]


def _manifest(path: str | Path) -> tuple[list[str], str]:
    match read_json(path):
        case {"keys": [*keys], "sha256": str(digest)} if all(isinstance(k, str) for k in keys):
            return keys, digest
    raise TegumError(f"{path}: not a manifest of rows; delete it and run snakemake")


def save_tensors(
    path: str | Path, tensors: "Tensors", metadata: Mapping[str, str] | None = None
) -> None:
    """Replace a safetensors file at once: arrays by name, words about them, a digest of them all.

    Raises:
        TegumError: when the format has no such type, e.g. for texts.
    """
    from tegum.data.tensors import encode

    write_bytes(path, encode(path, tensors, metadata))


def load_tensors(
    path: str | Path, wanted: "Layout | None" = None, *, finite: bool = False
) -> "Tensors":
    """The arrays of a safetensors file by name.

    Args:
        wanted: name to (shape, dtype); the file has to hold these tensors and no others.
        finite: whether NaN and infinity are an error.

    Raises:
        TegumError: when the file is missing, malformed or damaged; or a line for each tensor
            that is not as wanted.
    """
    from tegum.data.tensors import check

    tensors, _ = load_described(path)
    check(path, tensors, wanted, finite)
    return tensors


def load_described(path: str | Path) -> tuple["Tensors", dict[str, str]]:
    """The arrays of a safetensors file by name, and the words about them.

    Raises:
        TegumError: when the file is missing, malformed or damaged.
    """
    from tegum.data.tensors import decode

    return decode(path, read_bytes(path))


def _cache(study: str, stage: str) -> Path:
    return LOCAL / "rows" / study / stage


def remember_rows(path: str, study: str, stage: str) -> None:
    """Link a bucket file into the local row cache, where later jobs find its rows by key."""
    if not Path(path).is_file() or not Path(keys_of(path)).is_file():
        return
    keys = read_bytes(keys_of(path))
    name = _cache(study, stage) / hashlib.sha256(keys).hexdigest()[:24]
    if name.with_suffix(".keys.json").exists():
        return
    try:
        name.parent.mkdir(parents=True, exist_ok=True)
        name.with_suffix(".nc").unlink(missing_ok=True)
        os.link(path, name.with_suffix(".nc"))
        write_bytes(name.with_suffix(".keys.json"), keys)
    except (OSError, TegumError):
        return


def recall_rows(study: str, stage: str, keys: Sequence[str]) -> dict[str, "xr.Dataset"]:
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


def trim_cache(limit: int = CACHE_BYTES) -> None:
    """Forget the oldest cached rows until the cache is smaller than `limit` bytes."""
    files = [(f, f.stat()) for f in (LOCAL / "rows").rglob("*.nc")]
    total = sum(s.st_size for _, s in files)
    for file, stat in sorted(files, key=lambda f: f[1].st_mtime):
        if total <= limit:
            return
        total -= stat.st_size
        file.unlink(missing_ok=True)
        Path(keys_of(str(file))).unlink(missing_ok=True)


def alone(lock: str | Path) -> bool:
    """Hold `lock` for the life of this process; whether no other process held it just now.

    Also a killed process lets go, so that what it left behind can be told from what is in use.
    """
    try:
        import fcntl
    except ImportError:
        return False
    Path(lock).parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    found = True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        found = False
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_SH)
    return found


def forget(folder: str | Path) -> None:
    """Remove a local scratch folder or file; nothing happens when it is not there."""
    if Path(folder).is_dir():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        Path(folder).unlink(missing_ok=True)
