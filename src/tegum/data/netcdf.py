"""Datasets as netCDF files: checked when they are saved and when they are loaded."""

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tegum.data import files, trial
from tegum.errors import TegumError
from tegum.text import shown

if TYPE_CHECKING:
    import xarray as xr

    from tegum.data.schema import Schema

AGAIN = "delete it and run snakemake, or dvc checkout"
COMPRESSED = 4096
"""Bytes from which a variable is compressed: the index of its chunks takes about as much."""
LARGE = 32_768
"""Bytes of a variable from which on a dataset is written as netCDF-4, which is HDF5: it compresses,
and takes 1.5 KB for each variable, however small. The others are of the classic format."""
DIGEST = b"\nsha256:"
"""What separates a dataset from its digest; netCDF readers ignore what follows a dataset."""
RESERVED = frozenset(
    "add_offset bounds calendar coordinates dtype grid_mapping missing_value scale_factor "  # noqa: SIM905
    "valid_max valid_min valid_range CLASS NAME DIMENSION_LABELS DIMENSION_LIST "
    "REFERENCE_LIST".split()
)
"""Attributes by which readers change the numbers, or that the format keeps for itself."""
TYPES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")


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
    return decode(path, files.read_bytes(path), schema)


def encode(dataset: "xr.Dataset") -> bytes:
    """netCDF bytes of a Dataset that `check` let pass: equal numbers and labels, equal bytes."""
    clean = dataset.drop_encoding()
    names, coords = sorted(map(str, clean.data_vars)), sorted(map(str, clean.coords))
    clean = clean[names].assign_coords({c: clean[c] for c in coords})
    clean.attrs = dict(sorted(dataset.attrs.items()))
    encoding, classic = {}, _is_classic(clean)
    for name, var in clean.variables.items():
        var.attrs = dict(sorted(var.attrs.items()))
        encoding[name] = {"dtype": "S1"} if var.dtype.kind in "OU" else {}
        if not classic and var.nbytes >= COMPRESSED:
            encoding[name] |= {"zlib": True, "complevel": 4, "shuffle": True}
        if var.dtype.kind == "f":
            encoding[name]["_FillValue"] = None
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "dataset.nc")
            version = "NETCDF3_64BIT" if classic else "NETCDF4"
            clean.to_netcdf(path, engine="netcdf4", format=version, encoding=encoding)
            content = path.read_bytes()
    except (OSError, RuntimeError) as error:
        raise TegumError(
            f"{tempfile.gettempdir()}: a dataset cannot be written there ({error}); "
            "free space, or set TMPDIR, and run again"
        ) from None
    trial.passed(hashlib.sha256(content).hexdigest())
    return content


def _is_classic(dataset: "xr.Dataset") -> bool:
    """Whether a dataset is small and comes back from the classic format as it is."""
    told = [dataset.attrs, *(var.attrs for var in dataset.variables.values())]
    whole = [value for attrs in told for value in attrs.values() if hasattr(value, "__index__")]
    small = all(-(2**31) <= value < 2**31 for value in whole)
    return small and all(map(_fits, dataset.variables.values()))


def _fits(variable: "xr.Variable") -> bool:
    """Integers have four bytes there, which `decode` takes for eight; an empty dim would grow."""
    if variable.nbytes >= LARGE or 0 in variable.shape:
        return False
    if variable.dtype == "int64":
        return variable.values.min() >= -(2**31) and variable.values.max() < 2**31
    return variable.dtype.kind in "OUb" or str(variable.dtype) in ("int8", "float32", "float64")


def decode(path: str | Path, content: bytes, schema: "Schema | None" = None) -> "xr.Dataset":
    """The Dataset in `content`, checked; from memory, since the file may be replaced meanwhile.

    Raises:
        TegumError: naming `path`, when it is not what its digest says, cannot be read, or is not
            what the schema says.
    """
    whole, mark, digest = content[:-72], content[-72:-64], content[-64:]
    if mark != DIGEST:
        whole = content
    found = hashlib.sha256(whole).hexdigest()
    if mark == DIGEST and found.encode() != digest:
        raise TegumError(f"{path}: damaged (not what its digest says); {AGAIN}")
    import xarray as xr

    def read() -> "xr.Dataset":
        plain: Any = {"mask_and_scale": False, "decode_times": False}
        dataset = xr.load_dataset(content, engine="netcdf4", **plain)
        if not content.startswith(b"CDF"):
            return dataset
        whole = {n: v.astype("int64") for n, v in dataset.variables.items() if v.dtype == "int32"}
        coords = {n: whole.pop(n) for n in dataset.coords if n in whole}
        return dataset.assign(whole).assign_coords(coords)

    try:
        trial.run(read, found, len(content))
        dataset = read()
    except Exception as error:
        raise TegumError(f"{path}: damaged ({files.one_line(error)}); {AGAIN}") from None
    check(path, dataset, schema)
    return dataset


def check(path: str | Path, dataset: "xr.Dataset", schema: "Schema | None") -> None:
    """Raise `TegumError` naming file, variable, what was expected and what was found."""
    problems = list(_unfaithful(dataset))
    if problems:
        raise TegumError("\n".join(f"{path}: {p}" for p in problems))
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


def _unfaithful(dataset: "xr.Dataset") -> Iterator[str]:
    """What would not come back from a netCDF file as it is."""
    for dim in dataset.dims:
        if not _is_name(dim):
            yield f"dimension {dim!r}: not a name that netCDF keeps; use letters, digits and _"
    for key, value in dataset.attrs.items():
        yield from (f"attribute {key!r}: {p}" for p in _attribute(key, value))
    for name, var in dataset.variables.items():
        if not _is_name(name):
            yield f"variable {name!r}: not a name that netCDF keeps; use letters, digits and _"
        yield from (f"variable {name!r}: {p}" for p in _values(var))
        for key, value in var.attrs.items():
            yield from (
                f"variable {name!r}: attribute {key!r}: {p}" for p in _attribute(key, value)
            )


def _is_name(name: Hashable) -> bool:
    """Whether readers find it under this name; `string8` is a dimension that texts are given."""
    return (
        isinstance(name, str)
        and name.isprintable()
        and re.fullmatch(r"(?!_)\w[^/ ]{0,99}", name) is not None
        and re.fullmatch(r"string\d+", name) is None
        and unicodedata.normalize("NFC", name) == name
    )


def _values(var: "xr.Variable") -> Iterator[str]:
    if var.dtype.kind in "OU":
        for text in var.values.flat:
            if not isinstance(text, str):
                yield f"holds {type(text).__name__} among texts; give text alone, or numbers"
                return
            if not _is_text(text):
                yield f"the text {shown(text)} cannot be written; leave out NUL and surrogates"
                return
    elif var.dtype.str[1:] not in TYPES or not var.dtype.isnative:
        yield f"has type {var.dtype}; give float32 or float64, whole numbers, true or false, text"


def _attribute(key: Hashable, value: Any) -> Iterator[str]:
    import numpy as np

    if not _is_name(key) or key in RESERVED:
        yield "readers of netCDF change what they read by it, or lose it; choose another name"
    elif isinstance(value, str):
        if not _is_text(value):
            yield f"the text {shown(value)} cannot be written; leave out NUL and surrogates"
        elif key == "units" and "since" in value:
            yield f"{shown(value)} makes dates of numbers; leave out 'since'"
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        pass
    elif (
        not isinstance(value, float | np.generic)
        or np.asarray(value).dtype.str[1:] not in TYPES[1:]
    ):
        yield f"has type {type(value).__name__}; give text or a number"


def _is_text(text: str) -> bool:
    return "\0" not in text and not re.search("[\ud800-\udfff]", text)
