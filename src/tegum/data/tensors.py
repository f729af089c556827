"""Arrays by name as bytes: safetensors, with a digest that the format has not, and npz to read.

What is read is distrusted: the length of the header, offsets that overlap or leave the file and
unknown types are refused by the format's own reader; names given twice and flipped bits here.
"""

import hashlib
import io
import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors.numpy
from numpy.typing import DTypeLike

from tegum.data import files
from tegum.errors import TegumError

Tensors = Mapping[str, np.ndarray]
Layout = Mapping[str, tuple[tuple[int, ...], DTypeLike]]
"""Name of a tensor to (shape, dtype)."""
INTEGERS = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")
TYPES = frozenset(map(np.dtype, ("?", *INTEGERS, "f2", "f4", "f8", "c8")))
"""What both the format and numpy have."""
UNPACKED, TIMES = 2**29, 20
"""Bytes that an npz file may unpack to: these, and so many times its own."""


def save(path: str | Path, tensors: Tensors, metadata: Mapping[str, str] | None = None) -> None:
    """Replace a safetensors file at once: arrays by name, words about them, a digest of them all.

    Raises:
        TegumError: when the format has no such type, e.g. for texts.
    """
    files.write_bytes(path, encode(path, tensors, metadata))


def load(path: str | Path, wanted: Layout | None = None, *, finite: bool = False) -> Tensors:
    """The arrays of a safetensors file by name.

    Args:
        wanted: name to (shape, dtype); the file has to hold these tensors and no others.
        finite: whether NaN and infinity are an error.

    Raises:
        TegumError: when the file is missing, malformed or damaged; or a line for each tensor
            that is not as wanted.
    """
    tensors, _ = load_described(path)
    check(path, tensors, wanted, finite)
    return tensors


def load_described(path: str | Path) -> tuple[Tensors, dict[str, str]]:
    """The arrays of a safetensors file by name, and the words about them.

    Raises:
        TegumError: when the file is missing, malformed or damaged.
    """
    return decode(path, files.read_bytes(path))


def load_arrays(path: str | Path) -> Tensors:
    """Arrays by name of an npz file without Python objects, or of a safetensors file.

    Raises:
        TegumError: when it cannot be read, is neither, or holds Python objects.
    """
    if Path(path).suffix == ".safetensors":
        return load(path)
    return decode_npz(path, files.read_bytes(path))


def encode(path: str | Path, tensors: Tensors, metadata: Mapping[str, str] | None = None) -> bytes:
    """The arrays, and words about them, as bytes; equal ones give equal bytes.

    Raises:
        TegumError: naming `path` and the tensor, when the format has no such type.
    """
    for name, tensor in tensors.items():
        if tensor.dtype.newbyteorder("<") not in TYPES:
            raise TegumError(f"{path}: tensor {name!r}: safetensors has no type {tensor.dtype}")
    # The format's writer takes every array for C-contiguous, and writes garbage for others.
    plain = {n: np.asarray(t, t.dtype.newbyteorder("<"), order="C") for n, t in tensors.items()}
    words = dict(metadata or {})
    return _in_order(safetensors.numpy.save(plain, words | {"sha256": _digest(plain, words)}))


def decode(path: str | Path, content: bytes) -> tuple[Tensors, dict[str, str]]:
    """The arrays in `content`, and the words about them.

    Files of others, which carry no digest, are read as well.

    Raises:
        TegumError: naming `path`, when it is malformed or damaged.
    """
    if len(content) > files.LARGEST:
        raise TegumError(f"{path}: longer than {files.LARGEST >> 30} GiB")
    try:
        tensors = safetensors.numpy.load(content)
        header = content[8 : 8 + int.from_bytes(content[:8], "little")]
        metadata = json.loads(header, object_pairs_hook=files.distinct).get("__metadata__", {})
        if not isinstance(metadata, dict):
            raise ValueError("its __metadata__ is no mapping")
    except KeyError as error:
        raise TegumError(f"{path}: holds tensors of type {error}, which numpy has not") from None
    except Exception as error:
        problem = files.one_line(error)
        raise TegumError(f"{path}: not a whole safetensors file ({problem})") from None
    digest = metadata.pop("sha256", None)
    if digest not in (None, _digest(tensors, metadata)):
        raise TegumError(f"{path}: damaged (not what its digest says)")
    return tensors, metadata


def decode_npz(path: str | Path, content: bytes) -> Tensors:
    """The arrays in the bytes of an npz file.

    Raises:
        TegumError: naming `path`, when it is malformed, holds Python objects or two arrays of one
            name, or unpacks to far more than its size.
    """
    try:
        if content.startswith(b"\x93NUMPY"):
            raise ValueError("an npy file, one array without a name")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            size, limit = sum(m.file_size for m in members), UNPACKED + TIMES * len(content)
            if size > limit:
                raise ValueError(f"unpacks to {size >> 20} MiB, at most {limit >> 20} are read")
            names = [m.filename.removesuffix(".npy") for m in members]
            files.distinct([(n, None) for n in names])
            return {n: _array(archive.read(m)) for n, m in zip(names, members, strict=True)}
    except Exception as error:
        raise TegumError(
            f"{path}: not an npz file without Python objects ({files.one_line(error)}); "
            "write it with numpy.savez or safetensors.numpy.save_file"
        ) from None


def _array(content: bytes) -> np.ndarray:
    """The array in the bytes of an npy file; its size is checked before room is made for it."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, order, dtype = np.lib.format.read_array_header_1_0(file)
    else:
        shape, order, dtype = np.lib.format.read_array_header_2_0(file)
    if dtype.hasobject:
        raise ValueError("Python objects")
    rest = len(content) - file.tell()
    if math.prod(shape) * dtype.itemsize != rest:
        raise ValueError(f"{dtype} of shape {shape} does not take {rest} bytes")
    array = np.frombuffer(content, dtype, math.prod(shape), file.tell())
    return array.reshape(shape, order="F" if order else "C").copy()


def check(path: str | Path, tensors: Tensors, wanted: Layout | None, finite: bool) -> None:
    """Raise `TegumError`, a line for each tensor that is not `wanted`, or not `finite` if asked."""
    found = {n: (t.shape, t.dtype) for n, t in tensors.items()}
    expected = found if wanted is None else {n: (s, np.dtype(d)) for n, (s, d) in wanted.items()}
    problems = [
        f"{path}: tensor {name!r}: expected {_text(expected.get(name))}, "
        f"found {_text(found.get(name))}"
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    if finite:
        wrong = sorted(n for n, t in tensors.items() if not np.isfinite(t).all())
        problems += [f"{path}: tensor {name!r}: holds NaN or infinity" for name in wrong]
    if problems:
        raise TegumError("\n".join(problems))


def _text(tensor: tuple[tuple[int, ...], np.dtype] | None) -> str:
    return "none" if tensor is None else f"{tensor[1]} of shape {tensor[0]}"


def _in_order(content: bytes) -> bytes:
    """The same file with its metadata sorted: the format's writer puts them in a random order."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[end:]


def _digest(tensors: Tensors, metadata: Mapping[str, str]) -> str:
    """Digest of the names, types, shapes and contents of C-contiguous arrays, and of the words."""
    digest = hashlib.sha256(json.dumps(sorted(metadata.items())).encode() if metadata else b"")
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, tensor.dtype.str, tensor.shape]).encode())
        digest.update(tensor.reshape(-1).view("u1").data)
    return digest.hexdigest()
