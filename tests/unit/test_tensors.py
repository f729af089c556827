"""safetensors files: arrays come back as they were, and nothing else is read."""

import json
import os
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tegum.data import files, tensors
from tegum.errors import TegumError

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")
TYPES = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?", "c8")
SHAPES = array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


def weights(value: float = 0.5) -> dict[str, np.ndarray]:
    return {"encoder": np.full((2, 3), value, "f4"), "bias": np.arange(3.0), "step": np.array(7)}


def crafted(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """Bytes of a safetensors file as the format's specification says, whatever the header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


def tensor(shape: list[int], start: int, stop: int, dtype: str = "F32") -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@given(
    st.dictionaries(
        st.text(max_size=8).filter(lambda n: n != "__metadata__"),
        st.sampled_from(TYPES).flatmap(
            lambda t: arrays(t, SHAPES, elements={"allow_subnormal": False})
        ),
        max_size=3,
    )
)
def test_arrays_of_every_type_and_shape_come_back_as_they_were(written):
    tensors.save("a.safetensors", written)
    found = tensors.load("a.safetensors")
    assert found.keys() == written.keys()
    for name, array in written.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a.T,
        lambda a: a[:, ::2],
        lambda a: a[::-1],
        lambda a: np.broadcast_to(a[0], (5, 4)),
        lambda a: a.astype(">f8"),
        lambda a: np.asfortranarray(a),
    ],
    ids=["transposed", "strided", "reversed", "broadcast", "big-endian", "fortran"],
)
def test_arrays_of_any_layout_come_back_with_their_values(view):
    """The format's own writer takes every array for C-contiguous."""
    array = view(np.arange(12.0).reshape(3, 4))
    tensors.save("a.safetensors", {"a": array})
    np.testing.assert_array_equal(tensors.load("a.safetensors")["a"], array)


def test_words_come_back_beside_the_arrays():
    words = {"architecture": "topk", "k": "3", "ä": 'a "quoted"\n line'}
    tensors.save("a.safetensors", weights(), words)
    found, told = tensors.load_described("a.safetensors")
    assert told == words and found.keys() == weights().keys()
    with safetensors.safe_open("a.safetensors", "np") as theirs:
        assert words.items() < theirs.metadata().items()
    safetensors.numpy.save_file(weights(), "b.safetensors")
    assert tensors.load_described("b.safetensors")[1] == {}


def test_what_is_loaded_can_be_written_to():
    tensors.save("a.safetensors", weights())
    tensors.load("a.safetensors")["bias"][0] = 1.0


def test_equal_arrays_give_equal_bytes_in_any_order():
    words = {name: name for name in "bca"}
    tensors.save("a.safetensors", weights(), words)
    tensors.save("b.safetensors", dict(reversed(weights().items())), dict(reversed(words.items())))
    with open("a.safetensors", "rb") as a, open("b.safetensors", "rb") as b:
        assert a.read() == b.read()


def test_others_can_read_what_is_written_and_what_others_wrote_is_read():
    tensors.save("a.safetensors", weights())
    found = safetensors.numpy.load_file("a.safetensors")
    assert all((found[n] == w).all() for n, w in weights().items())
    safetensors.numpy.save_file(weights(), "b.safetensors", {"format": "np"})
    found = tensors.load("b.safetensors")
    assert all((found[n] == w).all() for n, w in weights().items())


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.zeros(2, "c16")])
def test_a_type_that_the_format_has_not_is_refused_and_the_old_file_stays(array):
    tensors.save("a.safetensors", weights())
    with pytest.raises(TegumError, match=r"a.safetensors: tensor 'a': safetensors has no type"):
        tensors.save("a.safetensors", {"a": array})
    assert tensors.load("a.safetensors").keys() == weights().keys()
    assert os.listdir() == ["a.safetensors"]


OVERLAP = {"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}
TWICE = b'{"a": %s, "a": %s}' % (
    json.dumps(tensor([2], 0, 8)).encode(),
    json.dumps(tensor([2], 0, 8, "I32")).encode(),
)
MALFORMED = {
    "empty file": (b"", "header too small"),
    "eight bytes": (b"\0" * 8, "JSON"),
    "header of 8 EiB": (crafted({}, length=2**63), "header too large"),
    "header of 100 MB": (crafted({}, length=10**8 + 1), "header too large"),
    "header past the end": (crafted({}, length=500), "header length"),
    "header that is no JSON": (crafted(b"\x80\x04c"), "header"),
    "pickle": (b"\x80\x04\x95\x1a" + bytes(7) + b"\x8c\x05posix\x94", "header"),
    "header that is a list": (crafted([]), "JSON"),
    "header nested without end": (crafted(b"[" * 10**5), "JSON"),
    "tensors that overlap": (crafted(OVERLAP, bytes(12)), "offset for tensor `b`"),
    "hole between tensors": (
        crafted({"a": tensor([2], 0, 8), "b": tensor([2], 12, 20)}, bytes(20)),
        "offset for tensor `b`",
    ),
    "offsets past the end": (crafted({"a": tensor([2], 0, 8)}, bytes(4)), "not fully covered"),
    "bytes that belong to none": (crafted({"a": tensor([2], 0, 8)}, bytes(9)), "not fully covered"),
    "offsets that run backwards": (crafted({"a": tensor([2], 8, 0)}, bytes(8)), "tensor `a`"),
    "shape beside its offsets": (crafted({"a": tensor([3], 0, 8)}, bytes(8)), "invalid shape"),
    "negative shape": (crafted({"a": tensor([-2], 0, 8)}, bytes(8)), "integer `-2`"),
    "shape that overflows": (crafted({"a": tensor([2**62] * 2, 0, 8)}, bytes(8)), "overflow"),
    "unknown type": (crafted({"a": tensor([2], 0, 8, "F99")}, bytes(8)), "F99"),
    "type that numpy has not": (crafted({"a": tensor([4], 0, 8, "BF16")}, bytes(8)), "BF16"),
    "name given twice": (crafted(TWICE, bytes(8)), "is given twice"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_file_is_refused_by_name(kind):
    content, message = MALFORMED[kind]
    files.write_bytes("a.safetensors", content)
    with pytest.raises(TegumError, match=r"^a.safetensors: ") as caught:
        tensors.load("a.safetensors")
    assert message in str(caught.value)


@given(st.floats(0, 1, exclude_max=True, allow_subnormal=False), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_changes_no_number(place, bit):
    tensors.save("good.safetensors", weights())
    content = bytearray(files.read_bytes("good.safetensors"))
    content[int(place * len(content))] ^= 1 << bit
    files.write_bytes("a.safetensors", bytes(content))
    with suppress(TegumError):
        found = tensors.load("a.safetensors")
        assert {n: (t.dtype, t.tolist()) for n, t in found.items()} == {
            n: (t.dtype, t.tolist()) for n, t in weights().items()
        }


def test_a_file_cut_anywhere_is_refused():
    tensors.save("good.safetensors", weights())
    content = files.read_bytes("good.safetensors")
    for length in range(len(content)):
        files.write_bytes("a.safetensors", content[:length])
        with pytest.raises(TegumError, match=r"a.safetensors: not a whole safetensors file"):
            tensors.load("a.safetensors")


def test_each_tensor_that_is_not_as_wanted_is_told():
    tensors.save("a.safetensors", weights())
    wanted = {n: (w.shape, w.dtype) for n, w in weights().items()}
    assert tensors.load("a.safetensors", wanted).keys() == wanted.keys()
    wrong = {"encoder": ((3, 2), "f4"), "bias": ((3,), "f4"), "decoder": ((1,), "f4")}
    with pytest.raises(TegumError) as caught:
        tensors.load("a.safetensors", wrong)
    assert str(caught.value).splitlines() == [
        "a.safetensors: tensor 'bias': expected float32 of shape (3,), found float64 of shape (3,)",
        "a.safetensors: tensor 'decoder': expected float32 of shape (1,), found none",
        "a.safetensors: tensor 'encoder': expected float32 of shape (3, 2), "
        "found float32 of shape (2, 3)",
        "a.safetensors: tensor 'step': expected none, found int64 of shape ()",
    ]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused_when_asked(value):
    tensors.save("a.safetensors", weights(value))
    assert tensors.load("a.safetensors")["encoder"].shape == (2, 3)
    with pytest.raises(TegumError, match=r"tensor 'encoder': holds NaN or infinity"):
        tensors.load("a.safetensors", finite=True)


def test_a_missing_file_is_told():
    with pytest.raises(TegumError, match=r"a.safetensors: cannot be read"):
        tensors.load("a.safetensors")


def test_torch_is_not_imported():
    code = (
        "import sys, numpy; from tegum.data import tensors; "
        "tensors.save('a.safetensors', {'a': numpy.zeros(2)}); "
        "tensors.load('a.safetensors'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
