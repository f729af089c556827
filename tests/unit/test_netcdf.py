"""What is saved comes back, or is refused before it is saved."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tegum.data import netcdf, trial
from tegum.errors import TegumError
from tegum.experiment.layout import LOCAL
from tegum.labels import variable

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")
CASES = Path(__file__).parents[1] / "cases"
GOOD = ["a", "loss", "hidden", "é", "x.y", "0"]
NAMES = st.sampled_from(GOOD) | st.sampled_from(
    ["string3", "_x", "a b", "e\u0301", "dtype", "scale_factor", "coordinates", "NAME", "a/b", ""]
)
TYPES = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8", "U3"]
FOREIGN = ["f2", "g", "c8", "c16", "M8[ns]", "m8[ns]", "S3", ">f8"]
NUMBERS = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_subnormal=False)
VALUES = (
    st.text(max_size=3) | NUMBERS | st.sampled_from([np.float32(1), np.int8(3), "seconds", "1 / s"])
)
STRANGE = st.sampled_from(
    [None, True, 2**64, b"a", [1, 2], np.arange(3), 1j, np.float16(1), {}, "days since 2000-01-01"]
)


STARTS = ("a.nc: variable ", "a.nc: attribute ", "a.nc: dimension ")


def often(usual, strange):
    """Mostly what can be saved, so that datasets of several parts can."""
    return st.integers(0, 19).flatmap(lambda n: strange if n == 0 else usual)


ATTRS = st.dictionaries(
    often(st.sampled_from([*GOOD, "units", "long_name"]), NAMES), often(VALUES, STRANGE), max_size=3
)


@st.composite
def variables(draw, sizes):
    dims = draw(st.lists(st.sampled_from(sorted(sizes)), unique=True, max_size=2)) if sizes else []
    shape = tuple(sizes[d] for d in dims)
    kind = draw(often(st.sampled_from([*TYPES, "O"]), st.sampled_from(FOREIGN)))
    if kind != "O":
        normal = {"allow_subnormal": False} if np.dtype(kind).kind in "fc" else None
        return xr.Variable(dims, draw(arrays(kind, shape, elements=normal)), draw(ATTRS))
    values = np.empty(int(np.prod(shape)), object)
    texts = often(st.text(max_size=4), st.sampled_from(["a\0", None, 3]))
    values[:] = draw(st.lists(texts, min_size=values.size, max_size=values.size))
    return xr.Variable(dims, values.reshape(shape), draw(ATTRS))


@st.composite
def datasets(draw):
    sizes = draw(st.dictionaries(often(st.sampled_from("xyz"), NAMES), st.integers(0, 3)))
    names = often(st.sampled_from(GOOD), NAMES)
    data = draw(st.dictionaries(names, variables(sizes), max_size=3))
    coords = draw(st.dictionaries(names.filter(lambda n: n not in data), variables(sizes)))
    try:
        return xr.Dataset(data, coords, draw(ATTRS))
    except ValueError:
        return xr.Dataset()


@settings(max_examples=400)
@given(datasets())
def test_a_dataset_comes_back_as_it_was_or_is_refused_by_name(dataset):
    try:
        netcdf.save_dataset("a.nc", dataset, None)
    except TegumError as error:
        told = str(error).splitlines()
        assert all(line.startswith(STARTS) for line in told)
        return
    found = netcdf.load_dataset("a.nc")
    xr.testing.assert_identical(found, dataset)
    for name, var in dataset.variables.items():
        read = found.variables[name]
        if var.dtype.kind not in "OU":
            assert read.dtype == var.dtype and read.values.tobytes() == var.values.tobytes()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("scale_factor", 0.1, "choose another name"),
        ("missing_value", 1.0, "choose another name"),
        ("_FillValue", 1.0, "choose another name"),
        ("dtype", "bool", "choose another name"),
        ("coordinates", "a", "choose another name"),
        ("units", "steps since the start", "leave out 'since'"),
        ("flags", [1, 2], "has type list; give text or a number"),
        ("done", True, "has type bool; give text or a number"),
    ],
)
def test_an_attribute_that_readers_obey_is_refused_with_its_variable(key, value, says):
    data = xr.Dataset({"loss": variable("cell", np.arange(3.0), "loss", "nat")})
    data["loss"].attrs[key] = value
    with pytest.raises(TegumError, match=rf"^a.nc: variable 'loss': attribute '{key}': .*{says}$"):
        netcdf.save_dataset("a.nc", data, None)
    assert not Path("a.nc").exists()


@pytest.mark.parametrize("attribute", ["scale_factor", "add_offset", "missing_value", "_FillValue"])
def test_a_file_whose_numbers_readers_would_change_is_refused(attribute):
    """As another tool could write it."""
    data = xr.Dataset({"a": ("x", np.arange(3), {attribute: 2})})
    data.to_netcdf("b.nc", engine="netcdf4")
    with pytest.raises(TegumError, match=rf"^b.nc: variable 'a': attribute '{attribute}'"):
        netcdf.load_dataset("b.nc")


@pytest.mark.parametrize(("kind", "shown"), [("f2", "float16"), ("c16", "complex128")])
def test_a_type_that_the_format_has_not_is_refused_with_its_variable(kind, shown):
    data = xr.Dataset({"loss": ("cell", np.zeros(3, kind))})
    with pytest.raises(TegumError, match=rf"^a.nc: variable 'loss': has type {shown}; give"):
        netcdf.save_dataset("a.nc", data, None)


def test_a_dataset_of_another_version_is_held_to_its_digest_as_well():
    data = xr.Dataset({"loss": ("cell", np.arange(300.0))})
    netcdf.save_dataset("a.nc", data, None)
    content = bytearray(Path("a.nc").read_bytes())
    xr.testing.assert_identical(netcdf.decode("HEAD: a.nc", bytes(content)), data)
    content[len(content) // 2] ^= 1
    with pytest.raises(TegumError, match=r"^HEAD: a.nc: damaged \(not what its digest says\)"):
        netcdf.decode("HEAD: a.nc", bytes(content))


def test_a_file_in_which_hdf5_loops_is_refused():
    with pytest.raises(TegumError, match=r"hdf5_hang.nc: damaged \(takes too long\)"):
        netcdf.load_dataset(CASES / "hdf5_hang.nc")


def test_a_small_file_of_an_absurd_size_is_refused():
    import netCDF4

    with netCDF4.Dataset("a.nc", "w") as file:
        file.createDimension("x", 2**36)
        file.createVariable("a", "f8", ("x",), chunksizes=(1024,))
    assert Path("a.nc").stat().st_size < 10**5
    with pytest.raises(TegumError, match=r"a.nc: damaged \(needs more memory than"):
        netcdf.load_dataset("a.nc")


def test_what_was_written_here_is_not_tried_again(monkeypatch):
    LOCAL.mkdir()
    netcdf.save_dataset("a.nc", xr.Dataset({"a": ("x", np.arange(3.0))}), None)
    digest = hashlib.sha256(Path("a.nc").read_bytes()[:-72]).hexdigest()
    assert trial.SOUND.read_text() == f"{digest}\n"
    monkeypatch.setattr(trial.os, "fork", lambda: pytest.fail("tried"))
    netcdf.load_dataset("a.nc")


def test_nothing_local_is_made_where_there_is_no_project():
    netcdf.save_dataset("a.nc", xr.Dataset({"a": ("x", np.arange(3.0))}), None)
    netcdf.load_dataset("a.nc")
    assert [p.name for p in Path().iterdir()] == ["a.nc"]
