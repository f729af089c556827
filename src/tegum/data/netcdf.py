"""Datasets as netCDF files: checked when they are saved and when they are loaded."""

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tegum.data import files
from tegum.errors import TegumError

if TYPE_CHECKING:
    import xarray as xr

    from tegum.data.schema import Schema

AGAIN = "delete it and run snakemake, or dvc checkout"
COMPRESSED = 4096
"""Bytes from which a variable is compressed: the index of its chunks takes about as much."""
DIGEST = b"\nsha256:"
"""What separates a dataset from its digest; netCDF readers ignore what follows a dataset."""


def save_dataset(path: str | Path, dataset: "xr.Dataset", schema: "Schema | None") -> None:
    """Check a Dataset against its schema and replace the file at once.

    The file ends with the digest of what precedes.
    """
    check(path, dataset, schema)
    content = encode(dataset)
    files.write_bytes(path, content + DIGEST + hashlib.sha256(content).hexdigest().encode())


def load_dataset(path: str | Path, schema: "Schema | None" = None) -> "xr.Dataset":
    """Load a whole Dataset into memory and check it against its schema.

    Raises:
        TegumError: when it is missing, damaged, or not what the schema says.
    """
    if not Path(path).is_file():
        raise TegumError(f"{path}: missing; run snakemake, or dvc pull")
    content = files.read_bytes(path)
    whole, mark, digest = content[:-72], content[-72:-64], content[-64:]
    if mark == DIGEST and hashlib.sha256(whole).hexdigest().encode() != digest:
        raise TegumError(f"{path}: damaged (not what its digest says); {AGAIN}")
    return decode(path, content, schema)


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
